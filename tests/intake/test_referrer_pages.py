"""Referrers in the browser: drafting, sending, following, putting right, ending."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from intake.desk import Desk
from intake.telling import ADVICE, DEBT, EMAIL, HOMES, HUB, REFERRER, RENT, SHUT, STORY
from sqlalchemy import select

from services.intake.storage import tables as t
from services.intake.storage.hidden import hide
from shared.ids import new_id
from shared.testing.sign_on import sign_in

BASE = "https://localhost"


class Worker:
    """Somebody signed in, who reads pages and presses buttons."""

    def __init__(self, desk: Desk, agency: UUID = REFERRER, role: str = "worker") -> None:
        self.client = desk.app.test_client()
        self.who = sign_in(desk.app, self.client, role, agency_id=agency)

    def reads(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path, base_url=BASE)
        assert answer.status_code == status, (path, answer.status_code, answer.text[-2000:])
        return html.unescape(answer.text)

    def presses(self, path: str, on: str | None = None, /, **form: Any) -> Any:
        page = self.client.get(on or path, base_url=BASE)
        hidden = dict(re.findall(r'name="(csrf_token|version)" value="([^"]+)"', page.text))
        asked = re.findall(r'name="asked" value="([^"]+)"', page.text)
        return self.client.post(path, data={**hidden, "asked": asked, **form}, base_url=BASE)


PERSON = {
    "given_name": "Marigold", "family_name": "Thistlewood", "born-day": "2", "born-month": "1",
    "born-year": "1980", "address": "1 High St", "postcode": "sw18 2pu", "language": "en",
    "email": EMAIL, "email_safe": "yes", "phone": "", "phone_safe": "unknown",
}  # fmt: skip
WANTED = {"story": STORY, "urgency": "soon", "threshold": "2", "needs": ["debt"]}
WISH = {
    "why": "They know the family.", "how": "Lives here", "discussed": "yes",
    "talk_name": "Petronella Phone", "talk_channel": "phone", "talk-day": "20",
    "talk-month": "11", "talk-year": "2026",
}  # fmt: skip
AGREED = {
    "agreed": "yes", "method": "in_person_verbal", "witness": "Wilhelmina Witness",
    "until-day": "1", "until-month": "11", "until-year": "2027",
    "share": [f"{ADVICE}:identity", f"{ADVICE}:story"],
}  # fmt: skip


def begins(worker: Worker) -> str:
    answer = worker.presses("/requests/new")
    assert answer.status_code == 303
    return str(answer.location)


def writes(worker: Worker, draft: str, **changes: Any) -> None:
    told: dict[str, dict[str, Any]] = {
        "person": PERSON, "story": WANTED, f"services/{DEBT}": WISH, "agreement": AGREED,
    } | changes  # fmt: skip
    for task, form in told.items():
        answer = worker.presses(f"{draft}/{task}", **form)
        assert answer.status_code == 303, (task, answer.text[-3000:])


def sends(worker: Worker, **changes: Any) -> str:
    draft = begins(worker)
    writes(worker, draft, **changes)
    answer = worker.presses(f"{draft}/check")
    assert answer.status_code == 303, answer.text[-3000:]
    return str(answer.location).partition("?")[0]


def test_a_worker_drafts_checks_and_sends_and_hands_over_the_code_once(desk: Desk) -> None:
    worker, colleague = Worker(desk), Worker(desk)
    draft = begins(worker)
    assert "Something is still missing" in worker.reads(draft)
    assert "Say what the person is called" in worker.reads(f"{draft}/check")

    writes(worker, draft)
    page = worker.reads(f"{draft}/check")
    for words in ("Marigold Thistlewood", STORY, "They know the family.", "Wandle Advice"):
        assert words in page
    assert "Your agency has sent nothing to this service in the past year." in page
    answer = worker.presses(f"{draft}/check")

    path = answer.location.partition("?")[0]
    assert path == draft.replace("/drafts", "")
    shown = worker.reads(answer.location)
    assert "The request is sent" in shown
    assert "Return code: <strong>" in shown
    assert "Return code" not in colleague.reads(path)
    assert not [words for words in ("Marigold", STORY, EMAIL) if words in shown]
    (told,) = desk.announced("request.submitted.v1")
    assert (told["source"], told["services"]) == ("PARTNER_WEB", [str(DEBT)])
    (consent,) = desk.announced("consent.given.v1")
    assert consent["grants"][0]["categories"] == ["identity", "story"]
    worker.reads(draft, 404)


def test_what_is_missing_or_wrong_is_said_beside_its_field_and_kept_as_typed(desk: Desk) -> None:
    worker = Worker(desk)
    draft = begins(worker)
    wrong: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
        "person": ({**PERSON, "born-month": "13", "given_name": "Mari"}, {"born-day": "13"}),
        "person ": ({**PERSON, "email": "nobody"}, {"email": "nobody"}),
        "person  ": ({**PERSON, "postcode": "elsewhere"}, {"postcode": "elsewhere"}),
        "story": ({**WANTED, "story": "a" * 4001}, {"story": "a" * 4001}),
        f"services/{DEBT}": ({**WISH, "why": "", "discussed": ""}, {"why": "Lives here"}),
        f"services/{DEBT} ": ({**WISH, "talk-day": "31"}, {"talk-day": "31"}),
    }
    for task, (form, faults) in wrong.items():
        answer = worker.presses(f"{draft}/{task.strip()}", **form)
        assert answer.status_code == 422, task
        for field, typed in faults.items():
            assert f'href="#{field}"' in answer.text, (task, field)
            assert typed in answer.text
    assert "Error: " in answer.text
    writes(worker, draft)
    for form, field in (
        ({**AGREED, "share": []}, "share"),
        ({**AGREED, "agreed": ""}, "agreed"),
        ({**AGREED, "witness": ""}, "witness"),
        ({**AGREED, "until-year": "2025"}, "until-day"),
        ({**AGREED, "until-year": "2028"}, "until-day"),
    ):
        answer = worker.presses(f"{draft}/agreement", **form)
        assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True), field


def test_who_decided_for_a_child_is_recorded_with_what_proves_it(desk: Desk) -> None:
    worker = Worker(desk)
    child = {**PERSON, "born-year": "2016"}
    draft = begins(worker)
    writes(worker, draft, person=child)
    assert "Under 16: record that the child understands" in worker.reads(f"{draft}/check")
    parent = {**AGREED, "given_by": "parent_pr", "authority_name": "Rosamund",
              "authority_proof": "Birth certificate", "checked-day": "20", "checked-month": "11",
              "checked-year": "2026"}  # fmt: skip

    undated = worker.presses(f"{draft}/agreement", **{**parent, "checked-day": ""})
    dated = worker.presses(f"{draft}/agreement", **parent)
    sent = worker.presses(f"{draft}/check")

    assert (undated.status_code, 'href="#checked-day"' in undated.text) == (422, True)
    assert (dated.status_code, sent.status_code) == (303, 303)
    (told,) = desk.announced("consent.given.v1")
    assert told["given_by"] == "parent_pr"
    assert b"Rosamund" not in desk.everything_stored()


def test_two_who_write_the_same_draft_do_not_overwrite_each_other(desk: Desk) -> None:
    worker, colleague = Worker(desk), Worker(desk, role="manager")
    draft = begins(worker)
    old = worker.client.get(f"{draft}/story", base_url=BASE).text
    hidden = dict(re.findall(r'name="(csrf_token|version)" value="([^"]+)"', old))
    assert colleague.presses(f"{draft}/story", **WANTED).status_code == 303

    late = worker.client.post(
        f"{draft}/story", data={**hidden, **WANTED, "story": "Mine"}, base_url=BASE
    )

    assert late.status_code == 412
    assert STORY in colleague.reads(f"{draft}/story")


def test_a_look_into_a_colleagues_draft_is_recorded_and_into_ones_own_is_not(desk: Desk) -> None:
    worker, colleague = Worker(desk), Worker(desk)
    draft = begins(worker)
    writes(worker, draft)
    for page in ("", "/person", "/story", "/services", "/agreement", "/check"):
        worker.reads(f"{draft}{page}")
    assert desk.announced("access.granted.v1") == []

    shown = ("person", "story", "services", f"services/{DEBT}", "agreement", "check")
    for page in shown:
        colleague.reads(f"{draft}/{page}")

    told = desk.announced("access.granted.v1")
    looks = [(one["object_type"], one["what"], one["request_id"]) for one in told]
    parts = ["person", "story", "services", "services", "agreement", "whole"]
    assert looks == [("draft", [part], draft.rpartition("/")[2]) for part in parts]
    colleague.reads(draft)
    Worker(desk, ADVICE).reads(f"{draft}/person", status=404)
    assert len(desk.announced("access.granted.v1")) == len(parts)


def test_a_person_who_was_not_asked_yet_is_asked(desk: Desk) -> None:
    worker = Worker(desk)

    path = sends(worker, agreement={"agreed": "ask"})

    page = worker.reads(path)
    assert "Waiting for the person to agree" in page
    assert "The person has been asked to agree" in page
    assert len(desk.announced("consent.requested.v1")) == 1
    assert desk.announced("request.submitted.v1") == []


def test_the_list_and_the_page_say_the_stage_and_every_deadline(desk: Desk) -> None:
    worker = Worker(desk)
    path = sends(worker)
    request, referral = UUID(path.rpartition("/")[2]), new_id()
    desk.hears_of_referral("sent", request, referral, 1, answer_by="2026-12-01T23:59:59Z")

    listed, page = worker.reads("/requests/"), worker.reads(path)

    assert "They must answer by 1 December 2026" in listed
    for words in ("They must answer by", "1 December 2026", "The agreement ends on",
                  "1 November 2027", f"/agency/referrals/{referral}",
                  "Debt advice, Wandle Advice"):  # fmt: skip
        assert words in page
    desk.clock.advance(timedelta(days=9))
    late = Worker(desk)
    assert "Overdue" in late.reads("/requests/")
    desk.hears_of_referral("declined", request, referral, 2)
    answered = late.reads(path)
    assert "Full now. Ask the next suitable service" in answered
    assert answered.count("Not possible") > 1, "at the head of the page as in the list"
    assert "Received" not in answered
    assert "Nothing here" in late.reads("/requests/?show=ended")


def test_the_agencys_own_pattern_is_shown_with_of_how_many(desk: Desk) -> None:
    worker = Worker(desk)
    request = UUID(sends(worker).rpartition("/")[2])
    declined = new_id()
    desk.hears_of_referral("sent", request, declined, 1)
    desk.hears_of_referral("declined", request, declined, 2)
    draft = begins(worker)
    writes(worker, draft)

    page = worker.reads(f"{draft}/check")

    assert "your agency sent 1 referral here: 0 accepted, 1 declined, 0 not answered yet" in page
    assert "Full now: 1" in page


def test_the_next_draft_teaches_what_the_last_answers_said(desk: Desk) -> None:
    worker = Worker(desk)
    assert "teach" not in worker.reads(begins(worker))
    request = UUID(sends(worker).rpartition("/")[2])
    desk.hears_of_service(RENT, listed="by_worker_only")
    for reason in ("BELOW_THRESHOLD", "BELOW_THRESHOLD", "NO_CAPACITY"):
        referral, instead = new_id(), [str(SHUT), str(RENT)]
        facts = {"referral_id": referral, "request_id": request, "service_id": DEBT}
        for number, kind in enumerate(("sent", "declined"), start=1):
            more = {"reason": reason, "alternatives": instead, "agency_id": ADVICE}
            desk.hears(f"referral.{kind}.v1", referral, number, **facts, **more)

    page = worker.reads(begins(worker))

    assert "In the past year your agency sent 3 referrals; 0 were accepted." in page
    assert "2 times: the need is lower than this service is for. Ask for early help." in page
    assert "Named instead: Hostel, Homes First." in page
    assert "Rent help" not in page
    assert "full now" not in page.lower()
    assert 'href="/agency/feedback"' in page


def test_the_same_story_is_used_again_without_retyping(desk: Desk) -> None:
    worker = Worker(desk)
    path = sends(worker)
    desk.hears_of_service(DEBT, needs=["debt", "food"])

    draft = str(worker.presses(f"{path}/again", path).location)
    page = worker.reads(draft)
    assert "the person and the story of an earlier request again" in page
    assert "Who the person is" not in page
    worker.presses(f"{draft}/services/{DEBT}", **WISH)
    worker.presses(f"{draft}/agreement", **AGREED)
    assert "Marigold" not in worker.reads(f"{draft}/check")
    sent = worker.presses(f"{draft}/check")

    assert sent.status_code == 303, sent.text[-3000:]
    assert len(desk.announced("request.submitted.v1")) == 2
    with desk.store.read() as tx:
        people = {row.person_id for row in tx.all(select(t.request))}
    assert len(people) == 1


def test_a_repeat_by_the_same_agency_is_named_before_it_is_sent_twice(desk: Desk) -> None:
    worker = Worker(desk)
    path = sends(worker)
    draft = begins(worker)
    writes(worker, draft)

    twice = worker.presses(f"{draft}/check")

    assert twice.status_code == 409
    assert "This is with us already" in html.unescape(twice.text)
    assert worker.presses(f"{path}/withdraw").status_code == 303
    assert worker.presses(f"{draft}/check").status_code == 303


def test_putting_right_shows_nothing_of_before_and_changes_only_what_is_filled_in(
    desk: Desk,
) -> None:
    worker = Worker(desk)
    path = sends(worker)
    page = worker.reads(f"{path}/amend")
    assert not [words for words in ("Marigold", STORY, EMAIL, "1 High St") if words in page]
    now = {"needs": ["debt"], "urgency": "soon", "threshold": "2"}

    mute = worker.presses(f"{path}/amend", **now, family_name="Nettleby")
    done = worker.presses(f"{path}/amend", **now, family_name="Nettleby", reason="Married",
                          phone="020 7946 0991", phone_safe="yes")  # fmt: skip
    same = worker.presses(f"{path}/amend", **now, reason="Married")

    assert (mute.status_code, 'href="#reason"' in mute.text) == (422, True)
    assert done.location.endswith("done=amended")
    assert same.location.endswith("done=same")
    (told,) = desk.announced("request.amended.v1")
    assert told["changed"] == ["person", "contact"]
    (contact,) = desk.announced("contact.changed.v1")
    assert set(contact["kinds"]) == {"email", "phone"}
    assert "Put right" in worker.reads(path)


def test_a_worker_stops_a_request_and_takes_back_a_mistake(desk: Desk) -> None:
    worker = Worker(desk)
    path = sends(worker)

    stopped = worker.presses(f"{path}/withdraw", words="Changed her mind about Zebedee")
    voided = worker.presses(f"{path}/void", reason="Wrong person")

    assert stopped.location.endswith("done=withdrawn")
    assert voided.location.endswith("done=voided")
    assert "Entered in error" in worker.reads(path)
    assert b"Zebedee" not in desk.everything_stored()
    assert "Ended" in worker.reads("/requests/?show=ended")


def test_a_coordinator_closes_what_nobody_could_take(desk: Desk) -> None:
    worker, coordinator = Worker(desk), Worker(desk, HUB, "coordinator")
    path = sends(worker)
    assert "Nobody could take it" not in worker.reads(f"{path}/close")

    mute = coordinator.presses(f"{path}/close", outcome="NO_SERVICE_AVAILABLE", comment="")
    done = coordinator.presses(
        f"{path}/close", outcome="NO_SERVICE_AVAILABLE", comment="Tried three."
    )

    assert (mute.status_code, 'href="#comment"' in mute.text) == (422, True)
    assert done.location.startswith("/requests/ended")
    assert "Closed" in worker.reads(path)


def test_to_another_agency_there_are_no_such_requests_and_drafts(desk: Desk) -> None:
    worker, other = Worker(desk), Worker(desk, HOMES)
    draft, path = begins(worker), sends(worker)

    for page in (draft, f"{draft}/person", f"{draft}/check", path, f"{path}/amend",
                 f"{path}/withdraw", f"{path}/close", f"{path}/void"):  # fmt: skip
        other.reads(page, 404)
    for page in (f"{draft}/delete", f"{path}/again", f"{path}/void"):
        assert other.presses(page, "/requests/new", reason="x").status_code == 404
    assert path not in other.reads("/requests/")


def test_a_person_hides_a_request_even_from_one_who_made_it(desk: Desk) -> None:
    worker, colleague = Worker(desk), Worker(desk)
    path = sends(worker)
    with desk.store.begin() as tx:
        hide(UUID(path.rpartition("/")[2]), (), [UUID(colleague.who.id or "")], tx)

    colleague.reads(path, 404)
    colleague.reads(f"{path}/withdraw", 404)
    assert path not in colleague.reads("/requests/")
    assert path in worker.reads("/requests/")


@pytest.mark.parametrize("role", ["trustee", "hub_admin"])
def test_other_roles_have_no_requests(desk: Desk, role: str) -> None:
    Worker(desk, role=role).reads("/requests/", 403)


def test_the_page_about_the_agreement_asks_no_more_than_the_usual_case_needs(desk: Desk) -> None:
    worker = Worker(desk)
    draft = begins(worker)
    worker.presses(f"{draft}/story", **WANTED)
    assert f"/agency/guide/{DEBT}" in worker.reads(f"{draft}/services")
    worker.presses(f"{draft}/services/{DEBT}", **WISH)
    page = worker.reads(f"{draft}/agreement")

    assert 'name="until-year" type="text" value="20' in page, "a year from today stands there"
    assert '<details class="govuk-details">\n      <summary' in page, "what is rare is folded away"
    assert "reach them safely" in page
    assert "reach you safely" not in page.partition("<form")[2]
    wrong = worker.presses(f"{draft}/agreement", **{**AGREED, "child_assessor": "Dr Dee"})
    assert '<details class="govuk-details" open>' in wrong.text


@pytest.mark.parametrize("path", ["/requests/phone", "/requests/on-the-phone"])
def test_whoever_answers_the_phone_finds_where_to_write(desk: Desk, path: str) -> None:
    worker = Worker(desk)
    assert f'href="{path}"' in worker.reads("/requests/")
    worker.reads(path)


def test_a_draft_is_deleted_on_request(desk: Desk) -> None:
    worker = Worker(desk)
    draft = begins(worker)
    worker.presses(f"{draft}/story", **WANTED)
    assert "Drafts" in worker.reads("/requests/?show=drafts")

    worker.presses(f"{draft}/delete", draft)

    worker.reads(draft, 404)
    assert draft not in worker.reads("/requests/?show=drafts")
