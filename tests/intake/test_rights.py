"""People see, correct, hold and delete what is kept of them; somebody else decides, with proof."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from intake.desk import Desk
from intake.safeguarding import records
from intake.telling import (
    ADVICE,
    DEBT,
    EMAIL,
    HOMES,
    HUB,
    PERSONAL,
    STORY,
    a_consent,
    a_grant,
    a_submission,
    naming,
)
from sqlalchemy import select

from driving.databases import Places
from services.intake.domain.submission import NamedService
from services.intake.errors import RequestNotFoundError, RightRefusedError
from services.intake.retention import RetentionSweep
from services.intake.storage import holds, rights
from services.intake.storage import tables as t
from services.intake.storage.hidden import hide
from services.intake.storage.sameness import sameness
from services.intake.usecases import disclose, submit_request
from services.intake.usecases import rights as usecases
from services.intake.usecases.ending import withdraw_request
from services.intake.usecases.erasing import erase_request
from services.intake.usecases.feeding_back import give_feedback
from services.intake.usecases.flagging import raise_flag
from services.intake.usecases.hiding import Hiding, hide_own
from services.intake.usecases.recalling import recall
from services.intake.usecases.reusing import reuse_story
from services.intake.usecases.telling_all import everything_of
from shared.alarms import alarms
from shared.identity import Principal
from shared.ids import new_id
from shared.testing.sign_on import sign_in

BASE = "https://localhost"
ANNA, BEN = str(UUID(int=901)), str(UUID(int=902))


def officer(staff_id: str = ANNA) -> Principal:
    return Principal("staff", id=staff_id, agency_id=HUB, roles=frozenset({"officer"}))


def worker(agency: UUID = ADVICE) -> Principal:
    who = {"agency_id": agency, "roles": frozenset({"worker"})}
    return Principal("staff", id=str(UUID(int=900)), purpose="refer", **who)


@pytest.fixture
def place(where: Places, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "var")
    yield desk
    desk.store.close()


def keys_of(desk: Desk) -> int:
    with desk.store.read() as tx:
        return len(tx.all(select(t.vault_key)))


def asks(desk: Desk, request_id: UUID, kind: str, ground: str, who: str = ANNA) -> UUID:
    with desk.store.begin(actor=officer(who)) as tx:
        return usecases.ask(request_id, kind, ground, tx)


def approves(desk: Desk, case: UUID, who: str = BEN) -> None:
    with desk.store.begin(actor=officer(who)) as tx:
        usecases.approve(case, tx)


def test_an_erasure_that_somebody_else_approved_leaves_proof_and_nothing_to_read(
    place: Desk,
) -> None:
    submitted = place.takes_in(a_submission(referrals=naming()))
    referral = place.put_to(submitted, "sent", "accepted")
    case = asks(place, submitted.id, "erasure", "PERSON_ASKED")

    approves(place, case)

    assert len(place.announced("request.withdrawn.v1")) == 1
    assert len(place.announced("consent.withdrawn.v1")) == 1
    (erased,) = place.announced("request.erased.v1")
    assert (erased["basis"], erased["approver"]) == ("PERSON_ASKED", BEN)
    (shredded,) = place.announced("request.shredded.v1")
    assert (shredded["service"], shredded["keys"]) == ("intake", 2)
    with place.store.begin(actor=worker()) as tx:
        answer = disclose(submitted.id, referral, ADVICE, "refer", tx)
        assert type(answer).__name__ == "Refusal"
        with pytest.raises(RequestNotFoundError):
            recall(tx.request_row(submitted.id), tx)
        assert tx.all(select(sameness)) == []
    assert keys_of(place) == 0


def test_whoever_asked_does_not_decide(desk: Desk) -> None:
    submitted = desk.takes_in()
    case = asks(desk, submitted.id, "erasure", "PERSON_ASKED", ANNA)

    with pytest.raises(RightRefusedError, match="Somebody else"):
        approves(desk, case, ANNA)

    assert keys_of(desk) == 2


def test_a_decision_is_made_once(desk: Desk) -> None:
    case = asks(desk, desk.takes_in().id, "access", "PERSON_ASKED")
    approves(desk, case)

    with pytest.raises(RightRefusedError, match="already"):
        approves(desk, case)


def test_nothing_goes_under_a_legal_hold_until_it_is_lifted(desk: Desk) -> None:
    submitted = desk.takes_in()
    with desk.store.begin(actor=officer()) as tx:
        hold = usecases.place_hold(submitted.id, "COURT", tx)
    case = asks(desk, submitted.id, "erasure", "PERSON_ASKED")

    with pytest.raises(RightRefusedError, match="legal hold"):
        approves(desk, case)
    assert keys_of(desk) == 2

    with desk.store.begin(actor=officer()) as tx:
        usecases.lift_hold(submitted.id, hold, tx)
    approves(desk, case)
    assert keys_of(desk) == 0


def test_a_person_goes_with_their_last_request_and_not_before(desk: Desk) -> None:
    with desk.store.begin(actor=worker()) as tx:
        first = submit_request(a_submission(), tx)
    with desk.store.begin(actor=worker()) as tx:
        second = reuse_story(first.id, a_consent(), tx, needs=("housing",))
    assert keys_of(desk) == 3

    with desk.store.begin(actor=officer()) as tx:
        assert erase_request(first.id, "PERSON_ASKED", ANNA, tx) == 1
    with desk.store.read() as tx:
        assert recall(tx.request_row(second.id), tx).person.given_name == "Marigold"
    with desk.store.begin(actor=officer()) as tx:
        assert erase_request(second.id, "PERSON_ASKED", ANNA, tx) == 2
        assert erase_request(second.id, "PERSON_ASKED", ANNA, tx) == 0

    assert keys_of(desk) == 0


def test_the_answers_of_other_services_are_kept_as_proof_and_missing_ones_alarm(
    desk: Desk,
) -> None:
    submitted = desk.takes_in()
    with desk.store.begin(actor=officer()) as tx:
        erase_request(submitted.id, "PERSON_ASKED", ANNA, tx)
    desk.clock.advance(timedelta(days=2))
    RetentionSweep(desk.store).look()
    with desk.store.read() as tx:
        assert [alarm.name for alarm in alarms(tx)] == ["shredding_unanswered"]

    told = {"request_id": submitted.id, "service": "matching", "keys": 1}
    desk.hears("request.shredded.v1", submitted.id, **told)
    RetentionSweep(desk.store).look()

    with desk.store.read() as tx:
        found = [(row.service, row.keys) for row in rights.shreddings_of(submitted.id, tx)]
        assert alarms(tx) == []
    assert found == [("intake", 2), ("matching", 1)]


def test_the_bundle_tells_what_whence_to_whom_why_and_how_long_but_no_other_names(
    place: Desk,
) -> None:
    wish = naming(how_eligible="Lives here")
    submitted = place.takes_in(a_submission(referrals=wish))
    referral = place.put_to(submitted, "sent", "accepted")
    with place.store.begin(actor=worker()) as tx:
        disclose(submitted.id, referral, ADVICE, "refer", tx)

    with place.store.begin(actor=officer()) as tx:
        told = everything_of(submitted.id, tx)

    (one,) = told.requests
    assert told.person["identity"]["family_name"] == "Thistlewood"
    assert one["data"]["story"] == STORY
    assert one["data"]["notes"][0]["why_this_service"] == "They know the family."
    assert one["source"]["source"] == "SELF_WEB"
    assert [(r["agency"], r["state"]) for r in one["recipients"]] == [("Wandle Advice", "accepted")]
    assert one["consents"][0]["answers"][0]["agency"] == "Wandle Advice"
    (looked,) = one["consultations"]
    assert (looked["agency"], looked["role"], looked["purpose"]) == (
        "Wandle Advice",
        "worker",
        "refer",
    )
    assert one["retention"]["backup_days"] == 35
    assert worker().id not in repr(told)
    recorded = [g for g in place.announced("access.granted.v1") if g["purpose"] == "subject_access"]
    assert [g["object_id"] for g in recorded] == [str(submitted.id)]


def test_the_bundle_tells_from_whom_it_is_hidden_in_their_words_and_names_no_staff(
    desk: Desk,
) -> None:
    hidden = {"hidden_from_agencies": (HOMES,), "hidden_from_names": ("Philippa Peacock",)}
    works = {"staff_id": new_id(), "agency_id": ADVICE, "name": "Pip Peacock", "roles": ["worker"]}
    desk.hears("staff.changed.v1", works["staff_id"], 1, producer="identity", active=True, **works)
    submitted = desk.takes_in(a_submission(**hidden))
    with desk.store.begin(actor=Principal("person", id=str(submitted.id))) as tx:
        hide_own(submitted.id, Hiding(names=("Pip Peacock",)), tx, version=None)

    with desk.store.begin(actor=officer()) as tx:
        (one,) = everything_of(submitted.id, tx).requests

    assert one["data"]["hidden_from"] == []
    assert one["data"]["hidden_from_names"] == ["Philippa Peacock", "Pip Peacock"]
    assert {"hidden_from_agencies": ["Homes First"]} in [c.get("old") for c in
                                                         one["data"]["corrections"]]  # fmt: skip
    assert str(works["staff_id"]) not in repr(one)


def test_the_bundle_tells_what_the_person_asked_and_what_they_were_told_was_shared(
    desk: Desk,
) -> None:
    submitted = desk.takes_in()
    with desk.store.begin(actor=Principal("person", id=str(submitted.id))) as tx:
        raise_flag(submitted.id, "IN_DANGER_NOW", tx, comment="He has my keys")
        give_feedback(submitted.id, "partly", tx)
    records(desk, submitted.id)
    records(desk, submitted.id, person_told=True, why_not_told=None)

    with desk.store.begin(actor=officer()) as tx:
        told = everything_of(submitted.id, tx)

    besides = told.requests[0]["besides"]
    assert besides["got_help"] == "partly"
    assert [one["words"] for one in besides["asked_us_to_look"]] == ["He has my keys"]
    (shared,) = besides["shared_for_safety"]
    assert (shared["agencies"], shared["what"]) == (["Homes First"], ["address", "identity"])
    assert any("safety" in line for line in told.withheld)


def test_the_bundle_leaves_out_another_request_that_is_hidden_from_who_prepares_it(
    desk: Desk,
) -> None:
    first, who = desk.takes_in(), officer()
    with desk.store.begin() as tx:
        row = tx.request_row(first.id)
        assert row
        second = submit_request(a_submission(), tx, of_person=row.person_id)
        hide(second.id, [], [UUID(str(who.id))], tx)

    with desk.store.begin(actor=who) as tx:
        told = everything_of(first.id, tx)
    with desk.store.begin(actor=officer(BEN)) as tx:
        whole = everything_of(first.id, tx)

    assert told.about == (first.reference,)
    assert set(whole.about) == {first.reference, second.reference}
    assert second.reference not in repr(told)


def test_what_could_harm_is_left_out_and_named(desk: Desk) -> None:
    submitted = desk.takes_in(a_submission(referrals=naming()))

    with desk.store.begin(actor=officer()) as tx:
        told = everything_of(submitted.id, tx, frozenset({"story", "notes"}))

    assert STORY not in repr(told)
    assert "They know the family." not in repr(told)
    assert any(line.startswith("story:") for line in told.withheld)
    (recorded,) = desk.announced("access.granted.v1")
    assert "story" not in recorded["what"]


def test_a_restriction_shuts_the_gate_until_it_is_lifted(desk: Desk) -> None:
    submitted = desk.takes_in()
    referral = desk.put_to(submitted, "sent")
    approves(desk, asks(desk, submitted.id, "restriction", "CONTESTED"))

    def shown() -> str:
        with desk.store.begin(actor=worker()) as tx:
            return type(disclose(submitted.id, referral, ADVICE, "refer", tx)).__name__

    assert shown() == "Refusal"
    assert [one["restricted"] for one in desk.announced("request.restricted.v1")] == [True]
    with desk.store.begin(actor=officer()) as tx:
        usecases.lift_restriction(submitted.id, tx)
    assert shown() == "Disclosure"
    assert [one["restricted"] for one in desk.announced("request.restricted.v1")] == [True, False]


def test_putting_right_tells_agencies_and_keeps_the_old_words_sealed(desk: Desk) -> None:
    submitted = desk.takes_in()
    case = asks(desk, submitted.id, "rectification", "PERSON_ASKED")

    with desk.store.begin(actor=officer(BEN)) as tx:
        usecases.rectify(case, {"person": {"family_name": "Thistledown"}}, tx)

    with desk.store.read() as tx:
        assert recall(tx.request_row(submitted.id), tx).person.family_name == "Thistledown"
        assert rights.case_row(case, tx).state == rights.DONE
    assert [a["changed"] for a in desk.announced("request.amended.v1")] == [["person"]]
    assert b"Thistledown" not in desk.everything_stored()


def test_the_schedule_proposes_and_destroys_only_what_is_confirmed_and_not_held(
    place: Desk,
) -> None:
    first, second, third = (place.takes_in() for _ in range(3))
    for one in (first, second):
        with place.store.begin(actor=Principal("person", id=str(one.id))) as tx:
            withdraw_request(one.id, None, tx)
    place.clock.advance(timedelta(days=700))
    RetentionSweep(place.store).look()
    assert proposals(place) == set()

    place.clock.advance(timedelta(days=60))
    RetentionSweep(place.store).look()
    RetentionSweep(place.store).look()
    assert proposals(place) == {first.id, second.id}
    assert keys_of(place) == 6

    with place.store.begin(actor=officer()) as tx:
        usecases.place_hold(second.id, "POLICE", tx)
    browser, token = at(place, "/rights/schedule")
    form = {"csrf_token": token, "chosen": [str(first.id), str(second.id), str(third.id)]}
    answer = browser.post("/rights/schedule", data=form, base_url=BASE)

    assert answer.status_code == 303
    assert keys_of(place) == 4
    assert proposals(place) == {second.id}
    paper = browser.get(answer.location, base_url=BASE).text
    assert first.reference in paper
    assert second.reference not in paper
    assert "35 days" in paper


def proposals(desk: Desk) -> set[UUID]:
    with desk.store.read() as tx:
        return {row.request_id for row in rights.open_disposals(tx)}


def at(desk: Desk, path: str, role: str = "officer") -> tuple[Any, str]:
    browser = desk.app.test_client()
    browser.who = sign_in(desk.app, browser, role, agency_id=HUB).id
    page = browser.get(path, base_url=BASE)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    return browser, found.group(1) if found else ""


def test_the_pages_lead_from_a_reference_to_an_erasure_by_two_officers(desk: Desk) -> None:
    submitted = desk.takes_in()
    anna, token = at(desk, "/rights/")

    found = anna.post(
        "/rights/find", data={"csrf_token": token, "reference": submitted.reference}, base_url=BASE
    )
    page = f"/rights/requests/{submitted.id}"
    assert found.location == page
    shown = anna.get(page, base_url=BASE)
    assert not [words for words in PERSONAL if words in shown.text]
    what = {"csrf_token": token, "what": "erasure PERSON_ASKED"}
    assert anna.post(f"{page}/cases", data=what, base_url=BASE).status_code == 303
    assert "Somebody else must decide it" in anna.get(page, base_url=BASE).text
    with desk.store.read() as tx:
        (case,) = rights.open_cases(tx)
    decision = {"csrf_token": token, "decision": "APPROVED"}
    assert anna.post(f"{page}/cases/{case.id}", data=decision, base_url=BASE).status_code == 409

    ben, token = at(desk, "/rights/")
    decision["csrf_token"] = token
    assert ben.post(f"{page}/cases/{case.id}", data=decision, base_url=BASE).status_code == 303
    assert "It was erased" in ben.get(page, base_url=BASE).text
    assert keys_of(desk) == 0


def test_the_bundle_is_a_page_to_print_and_a_file(desk: Desk) -> None:
    submitted = desk.takes_in(a_submission(referrals=naming()))
    desk.put_to(submitted, "sent")
    path = f"/rights/requests/{submitted.id}"
    browser, token = at(desk, path)

    page = browser.post(
        f"{path}/everything", data={"csrf_token": token, "form": "page"}, base_url=BASE
    )
    file = browser.post(
        f"{path}/everything", data={"csrf_token": token, "form": "json"}, base_url=BASE
    )

    assert page.headers["Cache-Control"] == file.headers["Cache-Control"] == "no-store"
    assert EMAIL in page.text
    assert STORY in page.text
    assert file.get_json()["requests"][0]["data"]["story"] == STORY


@pytest.mark.parametrize("role", ["worker", "manager", "coordinator", "trustee", "hub_admin"])
def test_the_pages_are_for_officers(desk: Desk, role: str) -> None:
    submitted = desk.takes_in()
    browser, _ = at(desk, "/rights/", role=role)

    for path in ("/rights/", f"/rights/requests/{submitted.id}", "/rights/schedule"):
        assert browser.get(path, base_url=BASE).status_code == 403


def test_an_officer_it_is_hidden_from_finds_nothing(desk: Desk) -> None:
    browser, token = at(desk, "/rights/")
    submitted = desk.takes_in(a_submission(hidden_from_staff=(UUID(browser.who),)))

    by_reference = {"csrf_token": token, "reference": submitted.reference}
    found = browser.post("/rights/find", data=by_reference, base_url=BASE)
    page = browser.get(f"/rights/requests/{submitted.id}", base_url=BASE)

    assert (found.status_code, page.status_code) == (422, 404)


def test_a_date_is_put_right_in_words_and_a_refused_form_keeps_what_was_typed(
    desk: Desk,
) -> None:
    submitted = desk.takes_in()
    case = asks(desk, submitted.id, "rectification", "PERSON_ASKED")
    path = f"/rights/requests/{submitted.id}"
    browser, token = at(desk, path)
    typed = {"csrf_token": token, "family_name": "Thistledown", "date_of_birth": "31 Smarch 1980"}

    refused = browser.post(f"{path}/cases/{case}/rectify", data=typed, base_url=BASE)
    typed["date_of_birth"] = "3rd of March 1981"
    done = browser.post(f"{path}/cases/{case}/rectify", data=typed, base_url=BASE)

    assert refused.status_code == 422
    assert "Write a real date of birth, like 31 January 1980." in refused.text
    assert "Thistledown" in refused.text
    assert "31 Smarch 1980" in refused.text
    assert done.status_code == 303
    with desk.store.read() as tx:
        assert recall(tx.request_row(submitted.id), tx).person.date_of_birth == date(1981, 3, 3)


def test_what_is_wrong_is_put_right_as_long_as_it_is_kept_though_the_request_has_ended(
    desk: Desk,
) -> None:
    submitted = desk.takes_in()
    case = asks(desk, submitted.id, "rectification", "PERSON_ASKED")
    with desk.store.begin(actor=Principal("person", id=str(submitted.id))) as tx:
        withdraw_request(submitted.id, None, tx)

    with desk.store.begin(actor=officer(BEN)) as tx:
        usecases.rectify(case, {"person": {"family_name": "Thistledown"}}, tx)

    with desk.store.read() as tx:
        row = tx.request_row(submitted.id)
        assert recall(row, tx).person.family_name == "Thistledown"
        assert row.state == "withdrawn"


def test_what_cannot_be_done_is_said_on_the_page_of_the_request(desk: Desk) -> None:
    submitted = desk.takes_in()
    case = asks(desk, submitted.id, "erasure", "PERSON_ASKED")
    path = f"/rights/requests/{submitted.id}"
    browser, token = at(desk, path)
    browser.post(f"{path}/holds", data={"csrf_token": token, "ground": "POLICE"}, base_url=BASE)
    yes = {"csrf_token": token, "decision": "APPROVED"}

    held = browser.post(f"{path}/cases/{case}", data=yes, base_url=BASE)
    unsaid = browser.post(f"{path}/cases/{case}", data={"csrf_token": token}, base_url=BASE)

    assert (held.status_code, unsaid.status_code) == (409, 422)
    assert "A legal hold stands on this request" in held.text
    assert 'Lift this hold<span class="govuk-visually-hidden">' in held.text
    assert "Choose your answer." in unsaid.text
    with desk.store.begin(actor=officer(BEN)) as tx:
        usecases.lift_hold(submitted.id, rights.standing_holds(submitted.id, tx)[0].id, tx)
    browser.post(f"{path}/cases/{case}", data=yes, base_url=BASE)
    gone = browser.post(f"{path}/everything", data={"csrf_token": token}, base_url=BASE)
    assert "Nothing is left to show: it was erased." in gone.text
    assert "It was erased" in gone.text


def test_a_wrong_choice_is_told_on_the_page(desk: Desk) -> None:
    submitted = desk.takes_in()
    path = f"/rights/requests/{submitted.id}"
    browser, token = at(desk, path)

    answer = browser.post(
        f"{path}/cases", data={"csrf_token": token, "what": "gold MINE"}, base_url=BASE
    )

    assert answer.status_code == 422
    assert "Choose what is asked and why." in answer.text


def test_the_same_story_goes_to_a_further_agency_without_retyping(place: Desk) -> None:
    with place.store.begin(actor=worker()) as tx:
        first = submit_request(a_submission(), tx)
    wish = (NamedService(DEBT, "They know debts.", "Lives here."),)

    with place.store.begin(actor=worker()) as tx:
        again = reuse_story(first.id, a_consent(a_grant(ADVICE)), tx, referrals=wish)

    assert again.reference != first.reference
    with place.store.read() as tx:
        assert recall(tx.request_row(again.id), tx).story == STORY
        rows = [tx.request_row(one.id) for one in (first, again)]
    assert rows[0].person_id == rows[1].person_id
    assert len(place.announced("request.submitted.v1")) == 2


def test_a_story_is_not_reused_by_another_agency_or_while_it_is_held(desk: Desk) -> None:
    with desk.store.begin(actor=worker()) as tx:
        first = submit_request(a_submission(), tx)
    with desk.store.begin(actor=worker(HUB)) as tx, pytest.raises(RequestNotFoundError):
        reuse_story(first.id, a_consent(), tx)

    with desk.store.begin(actor=officer()) as tx:
        holds.hold(first.id, holds.RESTRICTED, tx)
    with desk.store.begin(actor=worker()) as tx, pytest.raises(RightRefusedError):
        reuse_story(first.id, a_consent(), tx)


def test_nothing_that_is_not_there_is_found(desk: Desk) -> None:
    browser, _ = at(desk, "/rights/")

    for path in (f"/rights/requests/{new_id()}", f"/rights/certificates/{new_id()}"):
        assert browser.get(path, base_url=BASE).status_code == 404
