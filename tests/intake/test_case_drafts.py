"""A referrer's draft: only what is there is looked at; it is kept, warned of, sent or deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from intake.desk import Desk, pointers
from intake.telling import ADVICE, DEBT, PERSONAL, REFERRER, SHUT, a_body, a_consent
from intake.test_request_commands import calls
from sqlalchemy import func, select

from services.intake.draft_clock import tick
from services.intake.http.reading import submission_from
from services.intake.http.schemas import RequestSchema
from services.intake.restating import PARTS
from services.intake.storage import tables as t
from services.intake.storage.case_drafts import case_drafts
from services.intake.usecases.consenting import consents_of, give_consent
from services.intake.usecases.drafting import begin_draft, send_draft_for_consent
from shared.bus.restating import restate
from shared.identity import Principal

ON_BOTH = pytest.mark.usefixtures("where")
PATH = "/api/v1/requests"
WORKER = Principal(kind="staff", id="w", agency_id=REFERRER, roles=frozenset({"worker"}))


def drafted(desk: Desk, body: dict[str, Any] | None = None, key: str | None = None) -> Any:
    told = {"needs": ["debt"], "story": "A beginning."} if body is None else body
    return desk.posts({**told, "draft": True}, key)


@ON_BOTH
def test_a_draft_is_kept_sealed_shown_to_its_agency_and_told_to_nobody(desk: Desk) -> None:
    whole = a_body()
    answer = drafted(desk, whole, "once")
    again = drafted(desk, whole, "once")

    assert answer.status_code == 201, answer.text
    told = answer.get_json()
    assert (told["state"], told["version"]) == ("draft", 1)
    assert again.get_json() == told
    assert desk.announced() == []
    stored = desk.everything_stored()
    assert not [words for words in PERSONAL if len(words) > 9 and words.encode() in stored]
    shown = calls(desk, "GET", f"{PATH}/{told['id']}", None)
    assert (shown.headers["ETag"], shown.get_json()["needs"]) == ('"1"', ["debt", "housing"])
    assert shown.get_json()["submitted_at"] is None
    assert calls(desk, "GET", f"{PATH}/{told['id']}", None, agency=ADVICE).status_code == 404


def test_of_a_draft_only_what_is_there_is_looked_at(desk: Desk) -> None:
    nobody = str(UUID(int=99))
    referral = {"service": str(DEBT), "why_this_service": "", "how_eligible": ""}
    right: list[dict[str, Any]] = [
        {},
        {"person": {}},
        {"person": {"given_name": ""}, "needs": [], "story": ""},
        {"contact": {"channels": [{"kind": "email"}]}},
        {"referrals": [referral]},
        {"consent": {"method": "phone"}},
        {"source": "PARTNER_API", "urgency": "soon"},
    ]
    wrong: list[tuple[dict[str, Any], set[str]]] = [
        ({"urgency": "now"}, {"/urgency"}),
        ({"person": {"date_of_birth": "1980-02-30"}}, {"/person/date_of_birth"}),
        ({"person": {"date_of_birth": "2126-02-20"}, "needs": ["x"]},
         {"/person/date_of_birth", "/needs/0"}),
        ({"referrals": [{**referral, "service": nobody}]}, {"/referrals/0/service"}),
        ({"referrals": [{**referral, "service": str(SHUT)}]}, {"/referrals/0/service"}),
        ({"consent": {"method": "pigeon"}}, {"/consent/method"}),
        ({"surprise": 1}, {"/surprise"}),
        ({"draft": "yes"}, {"/draft"}),
    ]  # fmt: skip

    for body in right:
        assert drafted(desk, body).status_code == 201, body
    for body, expected in wrong:
        answer = desk.posts({"draft": True, **body})
        assert answer.status_code == 422, body
        assert expected <= pointers(answer), body
        assert "draft" in body or pointers(answer) == expected, body


@ON_BOTH
def test_a_draft_is_written_on_and_sent_under_its_id_and_reference(desk: Desk) -> None:
    whole = a_body()
    told = drafted(desk, {"needs": ["debt"], "person": {"given_name": "Marigold"}}).get_json()
    path = f"{PATH}/{told['id']}"

    early = calls(desk, "PATCH", path, {"draft": False}, version=1)
    bare = calls(desk, "PATCH", path, {"urgency": "soon"})
    rest = {name: part for name, part in whole.items() if name != "person"}
    written = calls(desk, "PATCH", path, rest, version=1)
    stale = calls(desk, "PATCH", path, {"draft": False}, version=1)
    sent = calls(desk, "PATCH", path, {"draft": False}, version=2)

    assert early.status_code == 422
    assert {"/consent", "/story", "/source"} <= pointers(early)
    assert (bare.status_code, stale.status_code, stale.get_json()["version"]) == (428, 412, 2)
    assert (written.status_code, written.get_json()["version"]) == (200, 2)
    assert sent.status_code == 200, sent.text
    now = sent.get_json()
    assert (now["id"], now["reference"]) == (told["id"], told["reference"])
    assert now["state"] == "submitted"
    assert len(desk.announced("request.submitted.v1")) == 1
    with desk.store.read() as tx:
        assert tx.execute(select(func.count()).select_from(case_drafts)).scalar_one() == 0
        owners = {row.owner for row in tx.all(select(t.vault_key))}
        assert owners == {"person", "request"}


def test_each_saving_has_a_key_of_its_own(desk: Desk) -> None:
    told = drafted(desk).get_json()
    with desk.store.read() as tx:
        before = tx.key_of(UUID(told["id"]))

    calls(desk, "PATCH", f"{PATH}/{told['id']}", {"story": "Another beginning."}, version=1)

    with desk.store.read() as tx:
        assert tx.key_of(UUID(told["id"])) not in {before, None}


@ON_BOTH
def test_a_draft_nobody_touches_is_warned_of_twice_and_then_deleted(desk: Desk) -> None:
    told = drafted(desk).get_json()

    def days(count: int) -> list[dict[str, Any]]:
        desk.clock.advance(timedelta(days=count))
        with desk.store.begin(actor=Principal.system("intake")) as tx:
            tick(tx)
        return desk.announced("clock.warned.v1")

    assert days(59) == []
    (first,) = days(1)
    assert len(days(0)) == 1
    assert len(days(23)) == 2
    assert (first["clock"], first["object_id"], first["reference"]) == (
        "K13", told["id"], told["reference"],
    )  # fmt: skip
    assert first["agency_id"] == str(REFERRER)
    assert calls(desk, "GET", f"{PATH}/{told['id']}", None).status_code == 200
    days(7)
    assert calls(desk, "GET", f"{PATH}/{told['id']}", None).status_code == 404
    with desk.store.read() as tx:
        assert tx.key_of(UUID(told["id"])) is None


def test_a_hub_that_slept_warns_a_week_before_it_deletes(desk: Desk) -> None:
    drafted(desk)
    desk.clock.advance(timedelta(days=200))

    with desk.store.begin(actor=Principal.system("intake")) as tx:
        tick(tx)

    (told,) = desk.announced("clock.warned.v1")
    with desk.store.read() as tx:
        (row,) = tx.all(select(case_drafts))
        assert row.keep_until == tx.now + timedelta(days=7)
    assert told["due_at"].startswith("2027-06-18")


def whole_draft(desk: Desk) -> tuple[UUID, Any]:
    """Begin a draft as a worker, and return what it says besides its consent."""
    with desk.store.begin(actor=WORKER) as tx:
        draft = begin_draft(a_body(source="PARTNER_WEB"), tx)
    with desk.app.test_request_context():
        told = submission_from(RequestSchema().load(a_body(source="PARTNER_WEB")))
    return draft.id, told


@ON_BOTH
def test_without_agreement_the_person_is_asked_and_their_yes_sends_it(desk: Desk) -> None:
    draft_id, told = whole_draft(desk)

    with desk.store.begin(actor=WORKER) as tx:
        waiting = send_draft_for_consent(draft_id, told, tx, version=1)

    assert (waiting.state, waiting.id) == ("awaiting_consent", draft_id)
    assert desk.announced("request.submitted.v1") == []
    (asked,) = desk.announced("consent.requested.v1")
    assert asked["recipients"] == [str(ADVICE)]
    with desk.store.begin(actor=Principal(kind="person", id=str(draft_id))) as tx:
        (entry,) = consents_of(draft_id, tx)
        give_consent(entry.id, draft_id, a_consent(), tx)

    (sent,) = desk.announced("request.submitted.v1")
    assert [grant["recipient"] for grant in sent["recipients"]] == [str(ADVICE)]
    assert sent["services"] == [str(DEBT)]
    with desk.store.read() as tx:
        assert tx.request_row(draft_id).state == "submitted"


def test_who_waits_for_a_yes_is_not_told_again(desk: Desk) -> None:
    draft_id, told = whole_draft(desk)
    with desk.store.begin(actor=WORKER) as tx:
        send_draft_for_consent(draft_id, told, tx, version=1)

    restate(desk.store, PARTS, batch=5)

    assert desk.announced("request.submitted.v1") == []


def test_a_named_service_is_told_why_and_how_and_with_whom_it_was_talked_over(desk: Desk) -> None:
    body = a_body()
    body["referrals"][0] |= {"why_this_service": " ", "how_eligible": ""}
    body["referrals"][0]["discussed_with"]["name"] = ""

    answer = desk.posts(body)

    assert pointers(answer) == {
        "/referrals/0/why_this_service",
        "/referrals/0/how_eligible",
        "/referrals/0/discussed_with/name",
    }
