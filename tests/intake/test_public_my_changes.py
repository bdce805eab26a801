"""/my: a person corrects, re-thinks, answers and stops, and each of it counts at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from intake.desk import Desk
from intake.own_page import OwnPage
from intake.telling import ADVICE, EMAIL, HOMES, HUB

from services.intake.domain.submission import Person
from services.intake.forms import journey, say
from services.intake.http.public.my_words import KINDS, age
from services.intake.storage.hidden import hide
from services.intake.usecases.disclosing import Disclosure, disclose
from services.intake.usecases.own_consents import shared_now
from services.intake.usecases.recalling import recall
from shared.identity import Principal


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all: each test has a request of its own."""
    desk = Desk(tmp_path_factory.mktemp("desk") / "var")
    yield desk
    desk.store.close()


@pytest.fixture
def mine(desk: Desk) -> OwnPage:
    return OwnPage.of(desk).shows()


def told(desk: Desk, mine: OwnPage) -> Any:
    with desk.store.read() as tx:
        return recall(tx.request_row(mine.id), tx)


def kinds_safe(mine: OwnPage) -> list[str]:
    return list(mine.announced("contact.changed.v1")[-1]["kinds"])


def test_a_name_is_put_right_and_told_by_kind_alone(desk: Desk, mine: OwnPage) -> None:
    name = {"given_name": "Mårigold ☀", "family_name": "ثورن"}

    saved = mine.fills("/my/correct/name", name)

    assert saved.headers["Location"] == "/my/details?done=changed"
    assert "Mårigold ☀ ثورن" in mine.text("/my/details")
    (amended,) = mine.announced("request.amended.v1")
    assert amended["changed"] == ["person"]
    assert "Mårigold".encode() not in desk.everything_stored()


@pytest.mark.parametrize(
    "typed", [("27", "3", "1980"), ("27", "March", "1980"), ("27th of march 1980", "", "")]
)
def test_a_date_of_birth_is_understood_in_figures_and_in_words(
    desk: Desk, mine: OwnPage, typed: tuple[str, str, str]
) -> None:
    mine.fills("/my/correct/born", dict(zip(("day", "month", "year"), typed, strict=True)))

    assert told(desk, mine).person.date_of_birth.isoformat() == "1980-03-27"


@pytest.mark.parametrize(
    ("fact", "typed", "said"),
    [
        ("name", {"given_name": " "}, "Enter your first name"),
        ("born", {"day": "31", "month": "2", "year": "1980"}, "Enter a real date of birth"),
        ("born", {"day": "1", "month": "1", "year": "2090"}, "This day has not come yet"),
        ("home", {"postcode": "nowhere"}, "Enter a full postcode, like SW18 2PU"),
        ("story", {"story": "x" * 4001}, "This is 1 character too long"),
    ],
)
def test_what_does_not_fit_is_said_and_kept_as_typed(
    desk: Desk, mine: OwnPage, fact: str, typed: dict[str, str], said: str
) -> None:
    before = told(desk, mine)

    refused = mine.fills(f"/my/correct/{fact}", typed)

    assert refused.status_code == 422
    assert said in refused.text
    assert "<title>Error: " in refused.text
    assert next(iter(typed.values())).strip() in refused.text
    assert told(desk, mine) == before


def test_somebody_may_have_no_address_any_more(desk: Desk, mine: OwnPage) -> None:
    mine.fills("/my/correct/home", {"line": "", "postcode": "", "none": "yes"})

    assert told(desk, mine).person.no_fixed_abode
    assert "No fixed address" in mine.text("/my/details")


def test_two_pages_open_at_once_never_undo_each_other(desk: Desk, mine: OwnPage) -> None:
    mine.fills("/my/correct/story", {"story": "First."})
    stale = {"version": "1", "story": "Second."}

    refused = mine.fills("/my/correct/story", stale)

    assert refused.status_code == 422
    assert "changed elsewhere meanwhile" in refused.text
    assert "Second." in refused.text
    assert told(desk, mine).story == "First."


def test_a_way_to_reach_the_person_stops_being_safe_at_once(desk: Desk, mine: OwnPage) -> None:
    saved = mine.fills("/my/contact/0", {"value": EMAIL, "safe": "unknown"})

    assert saved.status_code == 303
    assert kinds_safe(mine) == []
    assert "Not sure if it is safe: we do not use it" in mine.text("/my/details")


def test_a_phone_becomes_safe_with_everything_that_keeps_it_safe(desk: Desk, mine: OwnPage) -> None:
    said = {
        "value": "07700 900123", "safe": "yes", "message": "yes", "times": ["school_hours"],
        "name": "Mrs Brown", "others": "My sister",
    }  # fmt: skip

    mine.fills("/my/contact/1", said)

    phone = told(desk, mine).contact.channels[1]
    assert (phone.safe, phone.leave_message, phone.times) == ("yes", True, ("school_hours",))
    assert (phone.name_to_ask_for, phone.who_else_sees) == ("Mrs Brown", "My sister")
    assert phone.value == "+447700900123"
    assert kinds_safe(mine) == ["email", "phone"]


def test_a_way_is_added_and_taken_away(desk: Desk, mine: OwnPage) -> None:
    number = {"value": "07700 900456", "safe": "yes"}
    mine.fills("/my/contact/add/text", number, to="/my/contact/2")
    assert [c.kind for c in told(desk, mine).contact.channels] == ["email", "phone", "text"]

    version = told_version(desk, mine)
    mine.post("/my/contact/0/remove", {"version": version})

    assert [c.kind for c in told(desk, mine).contact.channels] == ["phone", "text"]
    assert told(desk, mine).contact.code_word == "Kingfisher"


def told_version(desk: Desk, mine: OwnPage) -> str:
    with desk.store.read() as tx:
        row = tx.request_row(mine.id)
        assert row is not None
        return str(row.version)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"value": "not an address", "safe": "yes"}, "This is not an e-mail address."),
        ({"value": "", "safe": "yes"}, "Enter the e-mail address"),
        ({"value": EMAIL, "safe": ""}, "Tell us if this is safe to use"),
    ],
)
def test_an_address_that_leads_nowhere_is_asked_for_again(
    mine: OwnPage, typed: dict[str, str], said: str
) -> None:
    refused = mine.fills("/my/contact/0", typed)

    assert refused.status_code == 422
    assert said in refused.text


def seen_by(desk: Desk, mine: OwnPage, referral: Any) -> Any:
    with desk.store.begin(actor=Principal.system("test")) as tx:
        return disclose(mine.id, referral, ADVICE, "refer", tx)


def test_one_kind_is_taken_back_from_one_agency_and_the_gate_follows_at_once(
    desk: Desk, mine: OwnPage
) -> None:
    referral = desk.put_to(mine.submitted, "sent", "accepted")
    assert seen_by(desk, mine, referral).story is not None

    done = mine.fills("/my/sharing", {"stop": [f"{ADVICE}.refer.story"]})

    assert done.headers["Location"] == "/my/details?done=narrowed"
    answer = seen_by(desk, mine, referral)
    assert isinstance(answer, Disclosure)
    assert answer.story is None
    (withdrawn,) = mine.announced("consent.withdrawn.v1")
    assert withdrawn["ended"] == [
        {"purpose": "refer", "recipient": str(ADVICE), "categories": ["story"]}
    ]
    assert {grant["recipient"] for grant in withdrawn["remaining"]} == {str(ADVICE), str(HUB)}


def test_a_whole_agency_is_taken_out(desk: Desk, mine: OwnPage) -> None:
    referral = desk.put_to(mine.submitted, "sent", "accepted")
    with desk.store.read() as tx:
        boxes = [
            f"{one.agency_id}.{kind.value}"
            for one in shared_now(mine.id, tx)
            for kind in one.shared
        ]

    mine.fills("/my/sharing", {"stop": [box for box in boxes if box.startswith(str(ADVICE))]})

    assert not isinstance(seen_by(desk, mine, referral), Disclosure)
    page = mine.text("/my/sharing")
    assert "Wandle Hub may know this" in page
    assert "Wandle Advice may know this" not in page


def test_everything_is_taken_back_without_showing_a_name(desk: Desk) -> None:
    mine = OwnPage.of(desk).opens()

    done = mine.post("/my/sharing/all")

    assert done.headers["Location"] == "/my?done=unshared"
    assert "Nobody may see your details any more." in mine.text("/my?done=unshared")
    with desk.store.read() as tx:
        assert shared_now(mine.id, tx) == ()


def test_what_was_taken_back_is_shared_again_by_a_yes_of_its_own(desk: Desk) -> None:
    mine = OwnPage.of(desk).shows()
    mine.post("/my/sharing/all")
    page = mine.text("/my/sharing")
    assert "Tick who may know after all" in page
    assert mine.fills("/my/sharing", {}, "/my/sharing/again").status_code == 422

    asked = mine.fills("/my/sharing", {"again": [str(ADVICE)]}, "/my/sharing/again")
    with desk.store.read() as tx:
        assert shared_now(mine.id, tx) == ()
    ticks = [f"{ADVICE}.identity"]
    mine.fills(asked.headers["Location"], {"answer": "yes", "share": ticks})

    with desk.store.read() as tx:
        assert [one.agency_id for one in shared_now(mine.id, tx)] == [ADVICE]
    assert "Wandle Hub" in mine.text("/my/sharing")


def test_nobody_is_offered_again_from_whom_it_is_hidden_or_whose_request_has_ended(
    desk: Desk,
) -> None:
    mine = OwnPage.of(desk).shows()
    mine.post("/my/sharing/all")
    with desk.store.begin() as tx:
        hide(mine.id, (ADVICE,), (), tx)
    assert "Wandle Advice" not in mine.text("/my/sharing")

    refused = mine.fills("/my/sharing", {"again": [str(ADVICE)]}, "/my/sharing/again")
    mine.post("/my/stop")

    assert refused.status_code == 422
    assert "Tick who may know after all" not in mine.text("/my/sharing")


def test_nothing_ticked_takes_nothing_back(desk: Desk, mine: OwnPage) -> None:
    assert mine.fills("/my/sharing", {}).status_code == 422
    assert mine.announced("consent.withdrawn.v1") == []


def test_a_consent_that_was_asked_for_waits_on_the_first_page(desk: Desk, mine: OwnPage) -> None:
    consent_id = mine.is_asked_about(HOMES)
    page = mine.text()
    assert "We need your answer." in page
    assert "Homes First" not in page
    asked = mine.text(f"/my/question/{consent_id}")
    assert "Homes First could help you" in asked
    assert "We keep what you tell." in asked
    assert "checked" not in mine.get(f"/my/question/{consent_id}").text


def test_yes_goes_to_what_was_ticked_alone(desk: Desk, mine: OwnPage) -> None:
    question = f"/my/question/{mine.is_asked_about(HOMES)}"

    said = mine.fills(question, {"answer": "yes", "share": [f"{HOMES}.identity"]})

    assert said.headers["Location"] == "/my?done=told"
    given = mine.announced("consent.given.v1")[-1]
    assert given["grants"] == [
        {"purpose": "refer", "recipient": str(HOMES), "categories": ["identity"]}
    ]
    assert "We need your answer." not in mine.text()


def test_yes_to_nothing_is_asked_again(desk: Desk, mine: OwnPage) -> None:
    question = f"/my/question/{mine.is_asked_about(HOMES)}"

    assert mine.fills(question, {"answer": "yes"}).status_code == 422


def test_no_is_a_no_and_not_now_leaves_the_question_open(desk: Desk, mine: OwnPage) -> None:
    question = f"/my/question/{mine.is_asked_about(HOMES)}"
    mine.fills(question, {"answer": "later"})
    assert len(mine.announced("consent.deferred.v1")) == 1
    assert "We need your answer." in mine.text()
    mine.fills(question, {"answer": "later"})

    mine.fills(question, {"answer": "no"})

    assert [no["recipients"] for no in mine.announced("consent.refused.v1")] == [[str(HOMES)]]
    assert "We need your answer." not in mine.text()
    assert mine.get(question).status_code == 404


def test_a_question_of_somebody_else_is_not_there(desk: Desk, mine: OwnPage) -> None:
    other = OwnPage.of(desk, contact=told(desk, mine).contact, person=_somebody_else())
    question = f"/my/question/{other.is_asked_about(HOMES)}"

    assert mine.get(question).status_code == 404
    mine.post(question, {"answer": "no"})
    assert mine.announced("consent.refused.v1") == []


def _somebody_else() -> Any:
    from services.intake.domain.submission import Person

    return Person("Somebody", "Else")


@pytest.mark.parametrize("reason", ["", "MOVED_AWAY", "free words nobody asked for"])
def test_a_request_is_stopped_with_a_reason_or_without(desk: Desk, reason: str) -> None:
    mine = OwnPage.of(desk).opens()
    referral = desk.put_to(mine.submitted, "sent", "accepted")

    stopped = mine.post("/my/stop", {"reason": reason})

    assert stopped.headers["Location"] == "/my?done=stopped"
    (withdrawn,) = mine.announced("request.withdrawn.v1")
    assert withdrawn["reason"] == (reason if reason == "MOVED_AWAY" else None)
    assert not isinstance(seen_by(desk, mine, referral), Disclosure)
    assert "You stopped this request." in mine.text()
    assert mine.post("/my/stop").status_code == 303
    assert len(mine.announced("request.withdrawn.v1")) == 1


def test_a_stopped_request_can_no_longer_be_corrected(desk: Desk, mine: OwnPage) -> None:
    mine.post("/my/stop")

    assert "Change your story" not in mine.text("/my/details")
    refused = mine.fills("/my/correct/story", {"story": "New."})
    assert "has ended" in refused.text


def test_the_person_says_if_they_got_help_and_may_say_it_again(desk: Desk) -> None:
    mine = OwnPage.of(desk).opens()
    assert mine.post("/my/help", {"got_help": "perhaps"}).status_code == 422

    for answer in ("partly", "yes"):
        assert mine.post("/my/help", {"got_help": answer}).headers["Location"] == "/my?done=help"

    assert [f["got_help"] for f in mine.announced("request.feedback_given.v1")] == ["partly", "yes"]
    assert 'value="yes" checked' in mine.get("/my/help").text


def test_receipts_are_listed_in_words(desk: Desk, mine: OwnPage) -> None:
    page = mine.text("/my/receipts")
    assert "Your answer of 23 November 2026, 10:00am" in page
    assert "This counts until 1 November 2027, unless you take it back." in page
    mine.post("/my/sharing/all")
    assert "You took this back." in mine.text("/my/receipts")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/my/sharing/all", "The person has taken back their agreement."),
        ("/my/stop", "The person has stopped this request."),
    ],
)
def test_a_worker_who_reads_meanwhile_is_told_so_at_the_next_step(
    desk: Desk, mine: OwnPage, address: str, said: str
) -> None:
    referral = desk.put_to(mine.submitted, "sent", "accepted")
    page = f"/requests/{mine.id}/person?referral={referral}"
    reader = mine.works_at(ADVICE)
    assert "Marigold" in reader.staff_post(page, {}).text

    mine.post(address)

    told = reader.staff_post(page, {})
    assert told.status_code == 410
    assert said in told.text
    assert "Marigold" not in told.text
    reasons = [denied["reason"] for denied in mine.announced("access.denied.v1")]
    assert len(reasons) == 1
    desk.hears_of_referral("declined", mine.id, referral, 9)
    assert reader.staff_post(page, {}).status_code == 410


def test_an_agency_that_never_read_it_learns_nothing_of_a_withdrawal(
    desk: Desk, mine: OwnPage
) -> None:
    referral = desk.put_to(mine.submitted, "sent", "accepted")
    mine.post("/my/stop")

    reader = mine.works_at(ADVICE)

    page = f"/requests/{mine.id}/person?referral={referral}"
    assert reader.staff_post(page, {}).status_code == 404


def test_an_agency_the_person_said_no_to_can_be_let_know_after_all(desk: Desk) -> None:
    mine = OwnPage.of(desk).shows()
    asked = mine.is_asked_about(HOMES)
    mine.post(f"/my/question/{asked}", {"answer": "no"})
    assert "Homes First" in mine.text("/my/sharing")

    again = mine.fills("/my/sharing", {"again": [str(HOMES)]}, "/my/sharing/again")
    mine.fills(again.headers["Location"], {"answer": "yes", "share": [f"{HOMES}.identity"]})

    with desk.store.read() as tx:
        assert HOMES in {one.agency_id for one in shared_now(mine.id, tx)}
    assert mine.announced("consent.given.v1")[-1]["grants"][0]["recipient"] == str(HOMES)


def test_what_was_told_is_called_alike_where_it_is_checked_and_where_it_is_kept(
    mine: OwnPage,
) -> None:
    asked = {say(question.short, "en") for question in journey("self").pages}
    kept = re.findall(r"summary-list__key[^>]*>\s*(.*?)\s*<", mine.get("/my/details").text)

    assert {"Your name", "Your age", "Where you live"} <= {*kept} <= asked
    assert {*KINDS.values()} <= asked


def test_an_age_in_years_is_shown_as_it_was_told() -> None:
    assert age(Person("Marigold", age=46)) == "46 years"
    assert (
        age(Person("Marigold", date_of_birth=date(1980, 3, 27), age=46))
        == "Date of birth: 27 March 1980"
    )
    assert age(Person("Marigold")) == ""
