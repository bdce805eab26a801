from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from services.audit.domain.policy import parse_policy
from services.audit.http import whole_log
from services.audit.verify.check import verify
from services.audit.verify.source import Source
from shared.testing.sign_on import AN_AGENCY, sign_in
from shared.web import access
from tests.audit.drivers import unguard

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from shared.bus import Message
    from tests.audit.drivers import Log, Producer

REQUEST = "0192eeee-0000-7000-8000-000000000001"
OTHER_AGENCY = "019a0000-0000-7000-8000-a9e0000000ff"


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def joins(producer: Producer, agency_id: UUID, name: str, **told: object) -> Message:
    facts = {"kind": "voluntary", "active": True, "agency_id": str(agency_id), "name": name}
    return producer.says("agency.changed.v1", subject=str(agency_id), **{**facts, **told})


def fill(log: Log, intake: Producer) -> None:
    staff = {"kind": "staff", "id": REQUEST, "agency": str(AN_AGENCY)}
    log.hears(
        joins(intake, AN_AGENCY, "Harbour Advice", kind="hub"),
        intake.says(subject=REQUEST, reference="ABCD-1234", needs=["debt"], actor=staff),
        intake.says(
            "staff.changed.v1",
            staff_id=REQUEST,
            agency_id=str(AN_AGENCY),
            name="Robin Reader",
            roles=["worker"],
            active=True,
        ),
        intake.says(actor={"kind": "staff", "id": "x", "agency": OTHER_AGENCY}),
    )


def announced(log: Log) -> list[bytes]:
    outbox = log.store.metadata.tables["outbox"]
    with log.store.read() as tx:
        return [row.body for row in tx.all(outbox.select())]


def test_every_route_says_who_may_call_it(app: Flask) -> None:
    assert access.unguarded(app) == []


def test_whoever_is_not_signed_in_is_led_to_sign_in(browser: FlaskClient) -> None:
    answer = browser.get("/governance/")

    assert answer.status_code == 303
    assert "/audit/session/start" in answer.headers["Location"]


def test_other_roles_are_refused(app: Flask, browser: FlaskClient) -> None:
    sign_in(app, browser, "worker")

    assert browser.get("/governance/").status_code == 403


def test_the_list_shows_the_newest_entries_in_plain_words(
    app: Flask, browser: FlaskClient, log: Log, intake: Producer
) -> None:
    fill(log, intake)
    sign_in(app, browser, "governance_lead")

    shown = text_of(browser.get("/governance/").text)

    assert "Someone asked for help" in shown
    assert "ABCD-1234" in shown
    assert "Robin Reader, Harbour Advice" in shown
    assert shown.index("A member of staff joined or changed") < shown.index("ABCD-1234")


def test_reading_the_list_is_recorded(
    app: Flask, browser: FlaskClient, log: Log, intake: Producer
) -> None:
    fill(log, intake)
    sign_in(app, browser, "officer")

    browser.get("/governance/?reference=abcd-1234")

    (body,) = announced(log)
    assert b'"audit_log"' in body
    assert REQUEST.encode() in body


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 4),
        ("reference=ABCD-1234", 1),
        (f"reference={REQUEST}", 1),
        ("type=agency.changed.v1", 1),
        (f"actor={REQUEST}", 1),
        (f"agency={OTHER_AGENCY}", 1),
        ("from=2026-11-21&to=2026-11-21", 4),
        ("from=2026-11-22", 0),
        ("to=2026-11-20", 0),
    ],
)
def test_the_list_can_be_narrowed(
    app: Flask, browser: FlaskClient, log: Log, intake: Producer, query: str, count: int
) -> None:
    fill(log, intake)
    sign_in(app, browser, "hub_admin")

    assert browser.get(f"/governance/?{query}").text.count("/governance/entries/") == count


def test_to_an_officer_a_reference_of_others_is_as_one_that_nobody_has(
    app: Flask, browser: FlaskClient, log: Log, intake: Producer
) -> None:
    fill(log, intake)
    log.hears(intake.says(reference="KNWN-1111"))
    sign_in(app, browser, "officer")

    known, unknown = (
        text_of(browser.get(f"/governance/?reference={reference}").text)
        for reference in ("KNWN-1111", "NOPE-1111")
    )

    assert "No request has this reference" in unknown
    assert known.replace("KNWN", "NOPE") == unknown
    assert "No request has" not in browser.get("/governance/?reference=ABCD-1234").text


@pytest.mark.parametrize("query", ["reference=NOPE-0000", "from=yesterday", "to=9999-12-31"])
def test_what_cannot_be_searched_for_is_said_and_what_was_typed_is_kept(
    app: Flask, browser: FlaskClient, log: Log, query: str
) -> None:
    sign_in(app, browser, "officer")

    answer = browser.get(f"/governance/?{query}")

    assert answer.status_code == 422
    assert "Please put this right" in answer.text
    assert f'value="{query.partition("=")[2]}"' in answer.text


@pytest.mark.parametrize("seq", ["9" * 20, "9" * 5000], ids=["long", "endless"])
def test_an_entry_with_an_endless_number_is_simply_not_there(
    app: Flask, browser: FlaskClient, seq: str
) -> None:
    sign_in(app, browser, "officer")

    assert browser.get(f"/governance/entries/{seq}").status_code == 404
    assert browser.get(f"/governance/entries/{seq}/proof").status_code == 404
    assert browser.get(f"/governance/?before={seq}").status_code == 200
    assert browser.get(f"/governance/?before=-{seq}").status_code == 200


def test_long_lists_come_in_pages(
    app: Flask, browser: FlaskClient, log: Log, intake: Producer
) -> None:
    log.hears(*intake.says_many(120), joins(intake, AN_AGENCY, "The Hub", kind="hub"))
    sign_in(app, browser, "governance_lead")
    seen: list[str] = []
    path: str | None = "/governance/?type=request.submitted.v1"
    while path:
        page = browser.get(path).text
        seen += re.findall(r"/governance/entries/(\d+)", page)
        older = re.search(r'href="([^"]+)">Older entries', page)
        path = older[1].replace("&amp;", "&") if older else None

    assert seen == [str(n) for n in range(119, -1, -1)]


def test_an_officer_sees_only_what_concerns_the_own_agency(
    app: Flask, browser: FlaskClient, log: Log, intake: Producer
) -> None:
    fill(log, intake)
    sign_in(app, browser, "officer")

    assert re.findall(r"/governance/entries/(\d+)", browser.get("/governance/").text) == [
        "2",
        "1",
        "0",
    ]
    assert browser.get("/governance/entries/3").status_code == 404
    assert browser.get("/governance/entries/1").status_code == 200
    assert browser.get("/governance/entries/99").status_code == 404


@pytest.mark.parametrize(("role", "sees"), [("officer", False), ("governance_lead", True)])
def test_an_officer_is_offered_only_the_own_agency_s_staff(
    app: Flask, browser: FlaskClient, log: Log, intake: Producer, role: str, *, sees: bool
) -> None:
    fill(log, intake)
    stranger = {"staff_id": OTHER_AGENCY, "agency_id": OTHER_AGENCY, "name": "Odette Other"}
    log.hears(intake.says("staff.changed.v1", **stranger, roles=["worker"], active=True))
    sign_in(app, browser, role)

    page = browser.get("/governance/").text

    assert ("Odette Other" in page) is sees
    assert "Robin Reader" in page


def test_an_entry_is_shown_with_its_proof_checked(
    app: Flask, browser: FlaskClient, log: Log, intake: Producer
) -> None:
    fill(log, intake)
    sign_in(app, browser, "governance_lead")

    shown = text_of(browser.get("/governance/entries/1").text)

    assert "So it is exactly what was written" in shown
    assert "In 2 steps" in shown
    assert "Debt" in shown


def tamper(log: Log, sql: str) -> None:
    with log.store.begin() as tx:
        unguard(tx, "entry_refuses_update")
        tx._connection.exec_driver_sql(sql)


def test_a_tampered_entry_says_so(
    app: Flask, browser: FlaskClient, log: Log, intake: Producer
) -> None:
    fill(log, intake)
    sign_in(app, browser, "governance_lead")
    tamper(log, "UPDATE entry SET leaf = CAST(replace(leaf, 'debt', 'debs') AS BLOB) WHERE seq = 1")

    shown = text_of(browser.get("/governance/entries/1").text)

    assert "is not what was signed" in shown


@pytest.mark.parametrize("at", range(3, 420, 29))
def test_a_damaged_entry_does_not_take_the_console_down(
    app: Flask, browser: FlaskClient, log: Log, intake: Producer, at: int
) -> None:
    fill(log, intake)
    sign_in(app, browser, "governance_lead")
    with log.store.read() as tx:
        (leaf,) = tx.leaves(1, 1)
    damaged = leaf[:at] + bytes([leaf[at] ^ 1]) + leaf[at + 1 :]
    tamper(log, f"UPDATE entry SET leaf = x'{damaged.hex()}' WHERE seq = 1")  # noqa: S608

    assert browser.get("/governance/").status_code == 200
    assert "is not what was signed" in browser.get("/governance/entries/1").text


def post(browser: FlaskClient, path: str, page: str = "/governance/verify", **form: str):  # noqa: ANN201
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page).text)
    assert token
    return browser.post(path, data={"csrf_token": token[1], **form})


def test_verifying_says_yes_with_figures(
    app: Flask, browser: FlaskClient, log: Log, intake: Producer
) -> None:
    fill(log, intake)
    sign_in(app, browser, "officer")

    shown = text_of(post(browser, "/governance/verify").text)

    assert "The log is intact" in shown
    assert "Entries hashed again 4" in shown


def test_verifying_names_the_entry_and_the_byte_that_was_changed(
    app: Flask, browser: FlaskClient, log: Log, intake: Producer
) -> None:
    fill(log, intake)
    sign_in(app, browser, "officer")
    tamper(log, "UPDATE entry SET leaf = CAST(replace(leaf, 'debt', 'debs') AS BLOB) WHERE seq = 1")

    page = post(browser, "/governance/verify").text

    assert "The log is NOT intact" in text_of(page)
    assert "This byte of the entry was changed" in page
    assert 'href="/governance/entries/1"' in page


def test_a_checkpoint_that_was_kept_catches_a_log_put_back(
    app: Flask, browser: FlaskClient, log: Log, intake: Producer
) -> None:
    fill(log, intake)
    kept = browser.get("/audit/log/checkpoint").text
    sign_in(app, browser, "officer")
    assert "still begins with the 4 entries" in text_of(
        post(browser, "/governance/verify", checkpoint=kept.replace("\n", "\r\n")).text
    )
    with log.store.begin() as tx:
        unguard(tx, "entry_refuses_delete", "checkpoint_refuses_delete")
        tx._connection.exec_driver_sql("DELETE FROM entry")
        tx._connection.exec_driver_sql("DELETE FROM checkpoint")

    shown = text_of(post(browser, "/governance/verify", checkpoint=kept).text)

    assert "NOT intact" in shown
    assert "the end was cut off" in shown


def test_the_log_can_be_taken_away_and_verified_elsewhere(
    app: Flask, browser: FlaskClient, log: Log, intake: Producer, tmp_path: Path
) -> None:
    fill(log, intake)
    sign_in(app, browser, "governance_lead")

    answer = post(browser, "/governance/export")

    (tmp_path / "log.zip").write_bytes(answer.data)
    names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert {"checkpoint", "checkpoints", "manifest.json", "policy.txt"} <= set(names)
    report = verify(Source(tmp_path / "log.zip"), parse_policy(log.policy().read_text()))
    assert (report.code, report.entries) == (0, 4)
    assert any(b'"export"' in body for body in announced(log))


@pytest.mark.parametrize(("role", "path"), [("officer", "verify"), ("governance_lead", "export")])
def test_of_two_who_want_the_whole_log_the_second_is_asked_to_come_back(
    app: Flask, browser: FlaskClient, log: Log, intake: Producer, role: str, path: str
) -> None:
    fill(log, intake)
    sign_in(app, browser, role)
    with whole_log.READING:
        busy = post(browser, f"/governance/{path}")

    free = post(browser, f"/governance/{path}")

    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "30")
    assert free.status_code == 200


def test_an_officer_cannot_take_the_whole_log(app: Flask, browser: FlaskClient, log: Log) -> None:
    sign_in(app, browser, "officer")

    assert post(browser, "/governance/export").status_code == 403
    assert UUID(REQUEST)


OFFICES = pytest.mark.parametrize("role", ["governance_lead", "hub_admin"])


def links(browser: FlaskClient, query: str = "") -> list[str]:
    return re.findall(r"/governance/entries/(\d+)", browser.get(f"/governance/?{query}").text)


@OFFICES
def test_an_office_of_the_hub_held_at_another_agency_shows_what_concerns_that_agency_alone(
    app: Flask, browser: FlaskClient, log: Log, intake: Producer, role: str
) -> None:
    fill(log, intake)
    elsewhere = UUID(OTHER_AGENCY)
    log.hears(joins(intake, elsewhere, "Brook Trust"))
    sign_in(app, browser, role, agency_id=elsewhere)

    assert links(browser) == ["4", "3"]
    assert links(browser, f"agency={AN_AGENCY}") == []
    assert "No request has this reference" in browser.get("/governance/?reference=ABCD-1234").text
    assert "Robin Reader" not in browser.get("/governance/").text
    assert browser.get("/governance/entries/1").status_code == 404
    assert browser.get("/governance/entries/1/proof").status_code == 404
    assert browser.get("/governance/entries/3").status_code == 200
    assert "/governance/export" not in browser.get("/governance/verify").text
    assert post(browser, "/governance/export").status_code == 403
    assert b'"export"' not in b"".join(announced(log))


@OFFICES
@pytest.mark.parametrize(
    "told", [None, {"kind": "hub", "active": False}, {"kind": "voluntary"}], ids=str
)
def test_an_agency_not_known_as_the_hub_or_no_longer_it_shows_what_concerns_it_alone(
    app: Flask, browser: FlaskClient, log: Log, intake: Producer, role: str, told: Any
) -> None:
    log.hears(intake.says(reference="KNWN-1111"))
    if told is not None:
        log.hears(joins(intake, AN_AGENCY, "Once", sequence=1, kind="hub"))
        log.hears(joins(intake, AN_AGENCY, "Now", sequence=2, **told))
    sign_in(app, browser, role)

    assert "0" not in links(browser)
    assert post(browser, "/governance/export").status_code == 403
