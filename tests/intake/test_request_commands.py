"""Partners put things right, withdraw, close and void through the API, by version and by right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from intake.desk import Desk, pointers
from intake.telling import ADVICE, DEBT, HOMES, HUB, REFERRER, STORY, a_body, a_submission
from joserfc.jwk import ECKey
from sqlalchemy import select

from services.intake.errors import RequestNotFoundError
from services.intake.restating import PARTS
from services.intake.storage import tables as t
from services.intake.storage.changes import changes_of, open_change
from services.intake.usecases.ending import withdraw_request
from services.intake.usecases.recalling import recall
from shared.bus.restating import restate
from shared.identity import Principal
from shared.ids import new_id

ON_BOTH = pytest.mark.usefixtures("where")
PATH = "/api/v1/requests"


def calls(
    desk: Desk,
    method: str,
    path: str,
    body: Any,
    *,
    agency: UUID = REFERRER,
    version: int | str | None = None,
    **how: Any,
) -> Any:
    headers = desk.issuer.bearer("request.submit", "request.read", agency_id=str(agency), **how)
    if version is not None:
        headers["If-Match"] = f'"{version}"'
    return desk.app.test_client().open(path, method=method, json=body, headers=headers)


def taken(desk: Desk, **changes: Any) -> str:
    told = desk.posts(a_body(**changes)).get_json()
    return f"{PATH}/{told['id']}"


def id_of(path: str) -> UUID:
    return UUID(path.rpartition("/")[2])


@ON_BOTH
def test_an_amendment_changes_what_it_names_and_keeps_old_new_and_reason(desk: Desk) -> None:
    path = taken(desk)
    change = {"person": {"family_name": "Nettleby"}, "story": "New words.", "reason": "Misheard"}

    answer = calls(desk, "PATCH", path, change, version=1)

    assert answer.status_code == 200, answer.text
    assert (answer.headers["ETag"], answer.get_json()["version"]) == ('"2"', 2)
    with desk.store.read() as tx:
        now = recall(tx.request_row(id_of(path)), tx)
        (kept,) = changes_of(id_of(path), tx)
        words = open_change(kept, tx)
    assert (now.person.given_name, now.person.family_name) == ("Marigold", "Nettleby")
    assert now.story == "New words."
    assert now.person.address is not None
    assert (kept.transition, kept.changed, kept.version) == ("T32", ["person", "story"], 2)
    assert words["reason"] == "Misheard"
    assert words["old"]["story"] == STORY
    assert words["new"]["person"]["family_name"] == "Nettleby"
    (told,) = desk.announced("request.amended.v1")
    assert (told["changed"], told["reason"]) == (["person", "story"], "CORRECTED")
    for secret in (b"Nettleby", b"Misheard", b"New words."):
        assert secret not in desk.everything_stored()


def test_an_amendment_that_changes_nothing_tells_nobody(desk: Desk) -> None:
    path = taken(desk)

    answer = calls(desk, "PATCH", path, {"urgency": "routine", "needs": ["debt", "housing"]},
                   version=1)  # fmt: skip

    assert (answer.status_code, answer.get_json()["version"]) == (200, 1)
    assert desk.announced("request.amended.v1") == []


def test_a_change_says_which_version_it_was_based_on(desk: Desk) -> None:
    path = taken(desk)

    missing = calls(desk, "PATCH", path, {"urgency": "soon"})
    stale = calls(desk, "PATCH", path, {"urgency": "soon"}, version=7)
    odd = calls(desk, "PATCH", path, {"urgency": "soon"}, version="x")

    assert (missing.status_code, missing.get_json()["type"][-16:]) == (428, ":version-missing")
    assert (stale.status_code, stale.get_json()["version"]) == (412, 1)
    assert odd.status_code == 412
    assert desk.announced("request.amended.v1") == []


WRONG: tuple[tuple[dict[str, Any], set[str]], ...] = (
    ({"urgency": "now"}, {"/urgency"}),
    ({"needs": []}, {"/needs"}),
    ({"needs": ["gold", "debt"]}, {"/needs/0"}),
    ({"needs": ["debt", 7], "urgency": "now"}, {"/needs/1", "/urgency"}),
    ({"person": {"given_name": " "}}, {"/person/given_name"}),
    ({"person": {"date_of_birth": "1980-02-30"}}, {"/person/date_of_birth"}),
    ({"person": {"address": {"postcode": "ELSEWHERE"}}}, {"/person/address/postcode"}),
    ({"contact": {"channels": [{"kind": "email", "value": "x", "safe": "yes"}]}},
     {"/contact/channels/0/value"}),
    ({"story": "a" * 4001}, {"/story"}),
    ({"reason": "a" * 2001, "urgency": "soon"}, {"/reason"}),
    ({"favourite_colour": "blue"}, {"/favourite_colour"}),
    ({"referrals": []}, {"/referrals"}),
    ({"source": "PARTNER_WEB"}, {"/source"}),
)  # fmt: skip


def test_a_change_that_breaks_a_rule_is_named_and_nothing_is_different(desk: Desk) -> None:
    path = taken(desk)

    for change, expected in WRONG:
        answer = calls(desk, "PATCH", path, change, version=1)
        assert answer.status_code == 422, change
        assert pointers(answer) == expected, change

    assert calls(desk, "GET", path, None).get_json()["version"] == 1


def test_to_everybody_else_there_is_no_request_to_change(desk: Desk) -> None:
    path, absent = taken(desk), f"{PATH}/{new_id()}"
    bodies = {"": {"urgency": "soon"}, "/withdrawal": {}, "/void": {"reason": "twice"},
              "/close": {"outcome": "DIED"}}  # fmt: skip

    for tail, body in bodies.items():
        method = "POST" if tail else "PATCH"
        other = calls(desk, method, path + tail, body, agency=ADVICE, version=1)
        nothing = calls(desk, method, absent + tail, body, agency=ADVICE, version=1)
        assert (other.status_code, nothing.status_code) == (404, 404), tail
        told = [answer.get_json() | {"instance": ""} for answer in (other, nothing)]
        assert told[0] == told[1]


@ON_BOTH
def test_a_withdrawal_ends_the_request_and_every_consent_at_once_and_once(desk: Desk) -> None:
    path = taken(desk)

    first = calls(desk, "POST", f"{path}/withdrawal", {"reason": "NO_LONGER_WANTED"})
    again = calls(desk, "POST", f"{path}/withdrawal", {"reason": None})

    assert (first.status_code, first.get_json()["state"]) == (200, "withdrawn")
    assert again.get_json() == first.get_json()
    (told,) = desk.announced("request.withdrawn.v1")
    assert told["reason"] == "NO_LONGER_WANTED"
    assert len(desk.announced("consent.withdrawn.v1")) == 1
    with desk.store.read() as tx:
        assert tx.live_consents(id_of(path)) == []


def test_words_that_somebody_gives_as_a_reason_stay_sealed(desk: Desk) -> None:
    path = taken(desk)

    calls(desk, "POST", f"{path}/withdrawal", {"reason": "Her brother Zebedee reads everything"})

    (told,) = desk.announced("request.withdrawn.v1")
    assert told["reason"] == "OTHER"
    assert b"Zebedee" not in desk.everything_stored()
    with desk.store.read() as tx:
        (kept,) = changes_of(id_of(path), tx)
        assert open_change(kept, tx) == {"reason": "Her brother Zebedee reads everything"}


def test_after_an_end_only_what_the_table_allows_is_done(desk: Desk) -> None:
    path = taken(desk)
    calls(desk, "POST", f"{path}/withdrawal", {})

    amended = calls(desk, "PATCH", path, {"urgency": "soon"}, version=2)
    closed = calls(desk, "POST", f"{path}/close", {"outcome": "DIED"})
    voided = calls(desk, "POST", f"{path}/void", {"reason": "Made twice"})

    assert (amended.status_code, amended.get_json()["state"]) == (409, "withdrawn")
    assert closed.status_code == 409
    assert (voided.status_code, voided.get_json()["state"]) == (200, "entered_in_error")


@ON_BOTH
def test_after_a_death_nobody_writes_to_the_person(desk: Desk) -> None:
    path = taken(desk)

    answer = calls(desk, "POST", f"{path}/close", {"outcome": "DIED", "comment": ""})

    assert (answer.status_code, answer.get_json()["state"]) == (200, "closed")
    (told,) = desk.announced("request.closed.v1")
    assert told["outcome"] == "DIED"
    assert withheld(desk, id_of(path)) == "REQUEST_ENDED"


def withheld(desk: Desk, request: UUID) -> str | None:
    """Return why notify is not told the address, or None if it is."""
    asked = {"contact_request_id": str(new_id()), "request_id": str(request)}
    key = orjson.dumps(ECKey.generate_key("P-256").as_dict(private=False)).decode()
    desk.hears("contact.requested.v1", request, producer="notify", channels=["email"],
               public_key=key, **asked)  # fmt: skip
    refusals = desk.announced("contact.withheld.v1")
    return refusals[-1]["reason"] if refusals else None


def test_only_the_hub_closes_what_nobody_could_take_and_says_what_was_tried(desk: Desk) -> None:
    path = taken(desk)
    body = {"outcome": "NO_SERVICE_AVAILABLE", "comment": "Tried four, told of the library."}

    ours = calls(desk, "POST", f"{path}/close", body)
    mute = calls(desk, "POST", f"{path}/close", {**body, "comment": " "}, agency=HUB)
    odd = calls(desk, "POST", f"{path}/close", {**body, "outcome": "BORED"}, agency=HUB)
    hub = calls(desk, "POST", f"{path}/close", body, agency=HUB)

    assert ours.status_code == 409
    assert (mute.status_code, pointers(mute)) == (422, {"/comment"})
    assert (odd.status_code, pointers(odd)) == (422, {"/outcome"})
    assert (hub.status_code, hub.get_json()["state"]) == (200, "closed")
    assert withheld(desk, id_of(path)) is None
    desk.clock.advance(timedelta(days=15))
    assert withheld(desk, id_of(path)) == "REQUEST_ENDED"


def test_a_mistake_is_taken_back_within_the_hour_by_whoever_made_it(desk: Desk) -> None:
    path, late = taken(desk), taken(desk, person={"given_name": "Other"}, referrals=[])

    other = calls(desk, "POST", f"{path}/void", {"reason": "Twice"}, sub="b", client_id="b")
    mute = calls(desk, "POST", f"{path}/void", {"reason": ""})
    mine = calls(desk, "POST", f"{path}/void", {"reason": "Twice"})
    desk.clock.advance(timedelta(minutes=61))
    too_late = calls(desk, "POST", f"{late}/void", {"reason": "Twice"})

    assert (other.status_code, mute.status_code, too_late.status_code) == (409, 422, 409)
    assert (mine.status_code, mine.get_json()["state"]) == (200, "entered_in_error")
    assert [told["reason"] for told in desk.announced("request.voided.v1")] == ["MADE_IN_ERROR"]


@ON_BOTH
def test_a_request_closes_once_every_need_is_met_and_goes_back_while_one_is_not(
    desk: Desk,
) -> None:
    path = taken(desk)
    request, first, second = id_of(path), new_id(), new_id()
    desk.hears_of_referral("sent", request, first, 1, needs=["debt"])
    desk.hears_of_referral("sent", request, second, 1, agency=HOMES, needs=["housing"])
    completed(desk, request, first)
    desk.hears_of_referral("declined", request, second, 2, agency=HOMES)
    shown = calls(desk, "GET", path, None).get_json()
    assert shown["state"] == "submitted"

    third = new_id()
    desk.hears_of_referral("sent", request, third, 1, agency=HOMES, needs=["housing"])
    completed(desk, request, third)

    assert calls(desk, "GET", path, None).get_json()["state"] == "closed"
    assert [told["outcome"] for told in desk.announced("request.closed.v1")] == ["GOT_HELP"]


def completed(desk: Desk, request: UUID, referral: UUID) -> None:
    """Let a referral be completed, with what came of it to be told later."""
    desk.hears_of_referral("completed", request, referral, 9, outcomes=[])


def test_the_person_withdraws_their_own_request_and_nobody_elses(desk: Desk) -> None:
    mine, other = desk.takes_in(), desk.takes_in(a_submission(needs=("food",)))
    me = Principal(kind="person", id=str(mine.id))

    with desk.store.begin(actor=me) as tx:
        withdraw_request(mine.id, None, tx)
        with pytest.raises(RequestNotFoundError):
            withdraw_request(other.id, None, tx)

    with desk.store.read() as tx:
        states = {row.id: row.state for row in tx.all(select(t.request))}
    assert states == {mine.id: "withdrawn", other.id: "submitted"}


@ON_BOTH
def test_what_is_told_anew_is_asked_about_unless_it_was_answered(desk: Desk) -> None:
    path = taken(desk, story="", consent=spoken("identity"), referrals=[])
    desk.hears_of_service(DEBT, categories=["identity", "story", "contact"])
    desk.hears_of_referral("sent", id_of(path), new_id(), 1)

    calls(desk, "PATCH", path, {"story": "Now I can say it."}, version=1)

    (asked,) = desk.announced("consent.requested.v1")
    assert asked["recipients"] == [str(ADVICE)]


def test_what_was_refused_is_not_asked_again(desk: Desk) -> None:
    consent = spoken("identity")
    consent["grants"].append({"purpose": "refer", "recipient": str(ADVICE),
                              "categories": ["story"], "decision": "refused"})  # fmt: skip
    path = taken(desk, story="", consent=consent, referrals=[])
    desk.hears_of_service(DEBT, categories=["identity", "story"])
    desk.hears_of_referral("sent", id_of(path), new_id(), 1)

    calls(desk, "PATCH", path, {"story": "Now I can say it."}, version=1)

    assert desk.announced("consent.requested.v1") == []


def spoken(*categories: str) -> dict[str, Any]:
    consent: dict[str, Any] = a_body()["consent"]
    consent["grants"][0]["categories"] = list(categories)
    return consent


def test_ended_requests_are_told_again_with_their_end(desk: Desk) -> None:
    path = taken(desk)
    calls(desk, "POST", f"{path}/withdrawal", {"reason": "MOVED_AWAY"})
    before = len(desk.announced("request.withdrawn.v1"))

    restate(desk.store, PARTS, batch=5)

    again = desk.announced("request.withdrawn.v1")[before:]
    assert [told["reason"] for told in again] == ["MOVED_AWAY"]
    assert desk.announced("request.submitted.v1")[-1]["recipients"] == []
