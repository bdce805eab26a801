"""What comes from outside is refused in the right words, and nothing of it is kept."""

from __future__ import annotations

import http.client
import io
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from waitress.adjustments import Adjustments

from deploy.run import SERVER
from shared.web.forms import LARGEST_BODY, LARGEST_FILE
from tests.web.conftest import csrf_of

if TYPE_CHECKING:
    from flask.testing import FlaskClient

URL = "/api/v1/wishes"
JSON = "application/json"


def test_a_good_body_is_taken(client: FlaskClient) -> None:
    response = client.post(URL, json={"need": "debt", "grants": []})

    assert (response.status_code, response.json) == (201, {"need": "debt"})


def test_each_fault_of_a_body_is_pointed_at(client: FlaskClient) -> None:
    response = client.post(URL, json={"x": 1, "grants": [{"recipient": "me"}]})

    assert response.status_code == 422
    assert {fault["pointer"] for fault in response.json["errors"]} == {
        "/x",
        "/need",
        "/grants/0/recipient",
    }


def test_a_fault_in_the_query_says_so(client: FlaskClient) -> None:
    response = client.get(f"{URL}?limit=many")

    assert response.status_code == 422
    assert response.json["errors"][0] | {"detail": ""} == {
        "pointer": "/limit",
        "detail": "",
        "in": "query",
    }


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"need": ', JSON, 400),
        (b'{"need": "\xff\xfe"}', JSON, 400),
        (b'{"need": "\\ud800"}', JSON, 400),
        (b'{"need": "a\\u0000b"}', JSON, 400),
        (b'{"need": NaN}', JSON, 400),
        (b"[" * 100_000 + b"]" * 100_000, JSON, 400),
        (b'{"need": ' + b'{"a":' * 1000 + b'"\\u0000"' + b"}" * 1001, JSON, 400),
        (b'{"need": "debt"}', "text/plain", 415),
        (b'{"need": "debt"}', "application/x-www-form-urlencoded", 415),
        (b"", JSON, 422),
        (b"[]", JSON, 422),
        (b'"debt"', JSON, 422),
        (b'{"need": "' + b"x" * 5_000_000 + b'"}', JSON, 413),
    ],
    ids=[
        "cut off",
        "not UTF-8",
        "lone surrogate",
        "NUL",
        "NaN",
        "too deep",
        "NUL far down",
        "plain text",
        "form",
        "nothing",
        "a list",
        "a string",
        "5 MB",
    ],
)
def test_bad_bodies_get_their_own_status(
    client: FlaskClient, body: bytes, kind: str, status: int
) -> None:
    response = client.post(URL, data=body, content_type=kind)

    assert response.status_code == status
    assert response.mimetype == "application/problem+json"


def test_no_body_that_may_be_taken_is_buffered_in_a_file() -> None:
    limits = Adjustments(**SERVER)

    assert max(LARGEST_BODY, LARGEST_FILE) < limits.inbuf_overflow < limits.max_request_body_size
    assert limits.max_request_body_size <= 10_000_000


def test_a_body_that_is_refused_for_its_length_is_read_to_its_end(client: FlaskClient) -> None:
    body = io.BytesIO(b"x" * (LARGEST_FILE + 1))

    response = client.post(
        URL, input_stream=body, content_length=LARGEST_FILE + 1, content_type=JSON
    )

    assert (response.status_code, body.read()) == (413, b"")


def test_a_body_without_a_length_is_cut_off_too(served: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(served).netloc, timeout=10)
    body = json.dumps({"need": "x" * 3_000_000}).encode()
    chunks = (body[at : at + 65536] for at in range(0, len(body), 65536))
    connection.request("POST", URL, chunks, {"Content-Type": JSON}, encode_chunked=True)

    response = connection.getresponse()

    assert response.status == 413
    assert json.loads(response.read())["type"].endswith(":too-large")


@pytest.mark.parametrize("query", ["q=%ff", "q=%00"])
def test_a_query_that_is_not_text_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/tiny/page?{query}").status_code == 400


def test_a_form_that_is_not_text_is_refused(client: FlaskClient) -> None:
    body = f"csrf_token={csrf_of(client)}&name=%ff"

    response = client.post(
        "/tiny/form", data=body, content_type="application/x-www-form-urlencoded"
    )

    assert response.status_code == 400


def test_a_form_with_its_token_is_taken(client: FlaskClient) -> None:
    response = client.post("/tiny/form", data={"csrf_token": csrf_of(client), "name": "Ann"})

    assert response.get_data(as_text=True) == "stored Ann"


@pytest.mark.parametrize("token", [None, "", "made-up"])
def test_a_form_without_its_token_is_refused_and_forgotten(
    client: FlaskClient, token: str | None
) -> None:
    data = {"name": "Agnieszka"} | ({} if token is None else {"csrf_token": token})

    response = client.post("/tiny/form", data=data)

    assert response.status_code == 400
    assert "Please send that page again" in response.get_data(as_text=True)
    assert "Agnieszka" not in response.get_data(as_text=True)


def test_a_token_of_another_browser_is_refused(client: FlaskClient) -> None:
    stranger = client.application.test_client()

    response = client.post("/tiny/form", data={"csrf_token": csrf_of(stranger), "name": "Ann"})

    assert response.status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ],
)
def test_a_form_pressed_by_another_site_is_refused(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    data = {"csrf_token": csrf_of(client), "name": "Ann"}

    assert client.post("/tiny/form", data=data, headers=headers).status_code == 400


def test_the_null_origin_that_no_referrer_causes_is_no_obstacle(client: FlaskClient) -> None:
    data = {"csrf_token": csrf_of(client), "name": "Ann"}
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}

    assert client.post("/tiny/form", data=data, headers=headers).status_code == 200


def test_a_strange_host_is_refused(client: FlaskClient) -> None:
    assert client.get("/tiny/page", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/api/v1/wishes", headers={"Host": "evil.example"}).status_code == 400
