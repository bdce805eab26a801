"""Forms that are pressed wrongly, over real HTTP: refused in plain words, and nothing is stored."""

from __future__ import annotations

import html
import urllib.parse
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.routing import AnyConverter, IntegerConverter, UUIDConverter
from werkzeug.routing import Rule as Route

from deploy.hub import Hub
from driving.census import Census
from driving.running import RunningHub
from driving.visitor import Visitor
from shared.settings import Settings
from shared.web.paths import is_api
from tests.faults.stored import changed, stored
from tests.faults.walking import (
    forms_reached,
    sends,
    someone_asking,
    someone_who_asked,
    staff,
)

REFUSED = "Please send that page again"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with RunningHub(tmp_path_factory.mktemp("hub") / "var") as running:
        yield running


@pytest.fixture(scope="module")
def asked(hub: RunningHub) -> Visitor:
    return someone_who_asked(hub)


@pytest.fixture(scope="module")
def asking(hub: RunningHub) -> Visitor:
    return someone_asking(hub)


@pytest.fixture(scope="module")
def worker(hub: RunningHub, asked: Visitor) -> Visitor:
    """Somebody at the agency that the request went to, who has opened it."""
    census = Census(hub.var)
    census.until_settled()
    (name,) = census.rows(
        "matching",
        "SELECT name FROM agency WHERE id = (SELECT agency_id FROM referral LIMIT 1)",
    )[0]
    members = hub.credentials["staff"]
    member = next(who for who in members if who["agency"] == name and "worker" in who["roles"])
    visitor = staff(hub, member, "/agency/")
    forms = forms_reached(visitor, "/agency/")
    page, form = forms["/agency/referrals/*/open"]
    return visitor.get(page).submit(form)


@pytest.fixture(scope="module")
def governance(hub: RunningHub) -> Visitor:
    members = hub.credentials["staff"]
    return staff(
        hub, next(who for who in members if "governance_lead" in who["roles"]), "/governance/"
    )


@pytest.fixture(scope="module")
def visitors(
    hub: RunningHub, asking: Visitor, asked: Visitor, worker: Visitor, governance: Visitor
) -> list[tuple[Visitor, str]]:
    """Everyone who has forms to press, and the page they begin at."""
    stranger = Visitor(hub.base_url)
    return [
        (stranger, "/"),
        (stranger, "/agency/"),
        (asking, "/ask/check"),
        (asked, "/my"),
        (worker, "/agency/"),
        (governance, "/governance/"),
    ]


@pytest.mark.faults
def test_no_form_that_links_lead_to_is_taken_without_its_token(
    hub: RunningHub, visitors: list[tuple[Visitor, str]]
) -> None:
    reached = [
        (visitor, target, form)
        for visitor, start in visitors
        for target, (_, form) in forms_reached(visitor, start).items()
    ]
    before = stored(hub.var)

    for visitor, target, form in reached:
        tokens = [value for name, value in form.values if name == "csrf_token"]
        assert len(tokens) == 1, f"{target} has no token"
        rest = [(name, value) for name, value in form.values if name != "csrf_token"]
        for body in (rest, [*rest, ("csrf_token", "made-up")], [*rest, ("csrf_token", "")]):
            path = urllib.parse.urlsplit(form.action).path
            status, page = sends(visitor, path, urllib.parse.urlencode(body).encode())
            assert (status, REFUSED in page) == (400, True), target

    assert len({target for _, target, _ in reached}) >= 18
    assert changed(hub.var, before) == {}


@pytest.mark.faults
def test_no_address_that_takes_forms_takes_one_without_a_token(
    hub: RunningHub, visitors: list[tuple[Visitor, str]], tmp_path: Path
) -> None:
    apps = Hub(Settings(var=tmp_path, demo="referral-guide")).apps.values()
    routes = {
        _filled(route)
        for app in apps
        for route in app.url_map.iter_rules()
        if "POST" in (route.methods or ()) and not is_api(route.rule)
    }
    before = stored(hub.var)

    for visitor, _ in visitors:
        for path in routes:
            status, page = sends(visitor, path, b"anything=1")
            assert (status, REFUSED in page) == (400, True), path

    assert len(routes) >= 15
    assert changed(hub.var, before) == {}


def _filled(route: Route) -> str:
    values = {name: _anything(converter) for name, converter in route._converters.items()}
    built = route.build(values, append_unknown=False)
    assert built is not None
    return built[1]


def _anything(converter: object) -> Any:
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    if isinstance(converter, IntegerConverter):
        return 1
    return uuid.uuid4() if isinstance(converter, UUIDConverter) else "anything"


WRONG: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "no such day": (
        "/ask/age", {"day": "31", "month": "Lud<b>mila"}, ["Lud<b>mila", "31"],
    ),
    "too long a name": (
        "/ask/about-you", {"given_name": "Lud<b>mila" * 20, "family_name": "Canary"},
        ["Lud<b>mila" * 20, "Canary"],
    ),
    "born in the future": ("/ask/age", {"day": "1", "month": "1", "year": "2999"}, ["2999"]),
    "no postcode": ("/ask/place", {"postcode": "ELSE & WHERE"}, ["ELSE & WHERE"]),
    "no address": ("/ask/email", {"email": "nobody at all"}, ["nobody at all"]),
    "no number": ("/ask/phone", {"phone": "ring me"}, ["ring me"]),
    "too long a story": ("/ask/story", {"story": "Never-ending. " * 400}, ["Never-ending. " * 400]),
    "an unknown need": ("/ask/needs", {"needs": "gold"}, []),
    "a foreign agency": ("/ask/sharing", {"share": "00000000-0000-0000-0000-000000000000.who"}, []),
    "a wrong code": (
        "/my/sign-in", {"reference": "ZZZ-ZZZ", "code": "wrong code"}, ["ZZZ-ZZZ"],
    ),
}  # fmt: skip


@pytest.mark.faults
@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_comes_back_as_typed_with_a_word_on_what_to_change(
    hub: RunningHub, asking: Visitor, case: str
) -> None:
    path, typed, kept = WRONG[case]
    form = asking.get(path).form(path)
    before = stored(hub.var)

    page = asking.submit(form, dict(typed))

    assert page.status == 422, page.html[:3000]
    assert "govuk-error-summary" in page.html
    shown = html.unescape(page.html)
    assert [word for word in kept if word.strip() not in shown] == []
    assert changed(hub.var, before) == {}


@pytest.mark.faults
def test_staff_keep_what_they_typed_too(hub: RunningHub, worker: Visitor) -> None:
    forms = forms_reached(worker, "/agency/")
    before = stored(hub.var)
    for target, typed in (
        ("/agency/referrals/*/accept", {"31": ("day",), "2": ("month",), "2026": ("year",)}),
        ("/agency/referrals/*/decline", {"We have no adviser for this.": ("comment",)}),
        ("/agency/services/*/capacity", {"many": ("places",)}),
    ):
        page, form = forms[target]
        values = {
            field: value
            for value, ends in typed.items()
            for field in form.texts
            if field.endswith(ends)
        }
        assert values, (target, form.texts)

        answer = worker.get(page).submit(form, dict(values))

        assert answer.status == 422, (target, answer.status)
        shown = html.unescape(answer.html)
        assert all(value in shown for value in values.values()), target
    assert changed(hub.var, before) == {}


@pytest.mark.faults
@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"story=" + b"x" * 5_000_000, FORM, 413),
        (b"story=%ff%fe", FORM, 400),
        (b"story=%00", FORM, 400),
        (b'{"story": "x"}', "application/json", 400),
        (b"", FORM, 400),
        (b"--x\r\n\xff", "multipart/form-data; boundary=x", 400),
    ],
    ids=["5 MB", "not UTF-8", "NUL", "JSON", "nothing", "broken multipart"],
)
def test_a_form_that_cannot_be_read_is_a_page_that_says_so(
    hub: RunningHub, asking: Visitor, body: bytes, kind: str, status: int
) -> None:
    token = next(
        v for n, v in asking.get("/ask/story").form("/ask/story").values if n == "csrf_token"
    )
    before = stored(hub.var)
    whole = body + b"&csrf_token=" + token.encode() if kind == FORM and body else body

    answered, page = sends(asking, "/ask/story", whole, kind)

    assert answered == status, page[:2000]
    assert "<h1" in page
    assert "Traceback" not in page
    assert changed(hub.var, before) == {}
