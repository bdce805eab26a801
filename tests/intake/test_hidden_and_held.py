"""What is hidden, held or over gives and tells nothing by any of the other doors."""

from __future__ import annotations

from datetime import time
from typing import Any
from uuid import UUID

import pytest
from intake.desk import Desk
from intake.own_page import OwnPage
from intake.telling import ADVICE, DEBT, EMAIL, HOMES, HUB, REFERRER, a_submission, an_email, naming
from intake.test_contacting import asks as asks_where_to

from services.intake.domain.duty import FIRST, Shift
from services.intake.domain.submission import Contact
from services.intake.errors import RequestNotFoundError, RightRefusedError
from services.intake.storage import holds
from services.intake.storage.flags import keep_shifts
from services.intake.storage.hidden import hidden_agencies, hidden_staff, hide
from services.intake.usecases import rights, submit_request
from services.intake.usecases.asking_first import ask_first
from services.intake.usecases.drafting import (
    begin_draft,
    drafts_seen,
    find_draft,
    send_draft_for_consent,
    told_in,
)
from services.intake.usecases.flagging import raise_flag
from services.intake.usecases.flags_looking import flags_to_look_at
from services.intake.usecases.learning import learned
from services.intake.usecases.phoning import on_the_phone
from services.intake.usecases.reaching import change_contact
from services.intake.usecases.trying import FREE_TRIES
from services.intake.usecases.watching import LIVE, counts, own_pattern, watched
from shared.identity import Principal
from shared.ids import new_id

NOSY, KIND = UUID(int=701), UUID(int=702)


def worker(staff_id: UUID = KIND, agency: UUID = REFERRER, *roles: str) -> Principal:
    return Principal("staff", str(staff_id), agency, frozenset(roles or ("worker",)))


def refers(desk: Desk, who: Principal, **changes: Any) -> Any:
    with desk.store.begin(actor=who) as tx:
        return submit_request(a_submission(**changes), tx)


def test_who_must_not_know_is_not_told_of_a_repeat(desk: Desk) -> None:
    refers(desk, worker(), hidden_from_staff=(NOSY,))

    again = refers(desk, worker(NOSY))

    assert again.reference


def used_again(desk: Desk, request_id: UUID, who: Principal) -> Any:
    with desk.store.begin(actor=who) as tx:
        draft = begin_draft({"needs": ["housing"]}, tx, of_request_id=request_id)
        told = told_in(find_draft(draft.id, tx), a_submission(referrals=naming()), tx)
        return send_draft_for_consent(draft.id, told, tx, version=None)


def test_a_story_used_again_stays_hidden_while_the_person_is_asked(desk: Desk) -> None:
    hidden = {"hidden_from_agencies": (HOMES,), "hidden_from_staff": (NOSY,)}
    first = refers(desk, worker(), needs=("housing",), **hidden)
    with desk.store.begin() as tx:
        tx.execute(desk.store.metadata.tables["request"].update().values(state="closed"))

    again = used_again(desk, first.id, worker())

    with desk.store.read() as tx:
        assert hidden_agencies(again.id, tx) == (HOMES,)
        assert hidden_staff(again.id, tx) == (NOSY,)


def test_a_story_that_is_held_is_not_used_again(desk: Desk) -> None:
    first = refers(desk, worker())
    with desk.store.begin() as tx:
        holds.hold(first.id, holds.RESTRICTED, tx)

    with pytest.raises(RightRefusedError):
        used_again(desk, first.id, worker())


def test_a_story_is_not_used_again_by_whom_it_is_hidden_from(desk: Desk) -> None:
    first = refers(desk, worker(), hidden_from_staff=(NOSY,))

    with pytest.raises(RequestNotFoundError):
        used_again(desk, first.id, worker(NOSY))


def test_an_address_does_not_leave_while_a_request_is_held(desk: Desk) -> None:
    submitted = desk.takes_in()
    with desk.store.begin() as tx:
        holds.hold(submitted.id, holds.RESTRICTED, tx)

    asks_where_to(desk, submitted.id)

    assert desk.announced("contact.released.v1") == []
    (withheld,) = desk.announced("contact.withheld.v1")
    assert withheld["reason"] == "REQUEST_RESTRICTED"


@pytest.mark.parametrize("path", ["/my/hidden", "/my/frozen"])
def test_a_page_of_what_is_over_is_still_kept_to_oneself(desk: Desk, path: str) -> None:
    mine = OwnPage.of(desk, word=None).opens()
    assert mine.post("/my/stop").status_code == 303

    assert mine.post(path, {"word": "Kingfisher"}).status_code == 303

    if path == "/my/hidden":
        assert mine.post("/my/show").status_code == 422
        assert mine.post("/my/show", {"word": "kingfisher"}).status_code == 303
    else:
        assert mine.signs_in().status_code != 303


def test_what_was_asked_of_one_request_is_not_decided_under_another(desk: Desk) -> None:
    secret, open_ = desk.takes_in(), desk.takes_in()
    with desk.store.begin(actor=worker(KIND, HUB, "officer")) as tx:
        case = rights.ask(secret.id, "erasure", "PERSON_ASKED", tx)
        hide(secret.id, [], [NOSY], tx)
    page = OwnPage.of(desk).works_at(HUB, "officer")
    assert page.who is not None
    with desk.store.begin() as tx:
        hide(secret.id, [], [UUID(str(page.who.id))], tx)

    path = f"/rights/requests/{open_.id}/cases/{case}"
    answer = page.staff_post(path, {"decision": "APPROVED"})

    assert answer.status_code == 404
    assert desk.announced("request.erased.v1") == []


def test_a_list_says_nothing_of_what_it_hides(desk: Desk) -> None:
    refers(desk, worker(), hidden_from_staff=(NOSY,))
    refers(
        desk,
        worker(),
        contact=Contact("en", None, (an_email("other@example.org"),)),
        needs=("housing",),
    )

    with desk.store.read(actor=worker(NOSY)) as tx:
        assert counts(REFERRER, tx)[LIVE] == len(watched(REFERRER, LIVE, tx, page=1)) == 1


def test_no_number_of_what_an_agency_sent_counts_what_is_hidden_from_its_reader(
    desk: Desk,
) -> None:
    hidden = refers(desk, worker(), hidden_from_staff=(NOSY,))
    referral = desk.put_to(hidden, "sent")
    told = {"referral_id": referral, "request_id": hidden.id, "service_id": DEBT}
    reason = {"agency_id": ADVICE, "reason": "BELOW_THRESHOLD"}
    desk.hears("referral.declined.v1", referral, 9, **told, **reason)

    for who, known in ((worker(), True), (worker(NOSY), False)):
        with desk.store.read(actor=who) as tx:
            assert bool(own_pattern(REFERRER, [DEBT], tx)) is known
            assert (learned(REFERRER, tx) is not None) is known


@pytest.mark.parametrize("reused", [False, True])
def test_a_draft_is_not_there_for_whom_it_hides_from(desk: Desk, *, reused: bool) -> None:
    first = refers(desk, worker(), hidden_from_staff=(NOSY,))
    body = {"needs": ["debt"]} if reused else {"hidden_from_staff": [str(NOSY)]}
    with desk.store.begin(actor=worker()) as tx:
        draft = begin_draft(body, tx, of_request_id=first.id if reused else None)

    with desk.store.read(actor=worker()) as tx:
        assert find_draft(draft.id, tx).id == draft.id
        assert counts(REFERRER, tx)["drafts"] == len(drafts_seen(REFERRER, tx)) == 1
    with desk.store.read(actor=worker(NOSY)) as tx:
        with pytest.raises(RequestNotFoundError):
            find_draft(draft.id, tx)
        assert counts(REFERRER, tx)["drafts"] == len(drafts_seen(REFERRER, tx)) == 0


def test_a_new_address_counts_at_once_while_the_person_is_asked(desk: Desk) -> None:
    with desk.store.begin(actor=worker()) as tx:
        told = a_submission(referrals=naming())
        waiting = ask_first(told, tx, reserved=(tx.new_id(), "CC2C-C2CC"))
    person = Principal("person", id=str(waiting.id))

    with desk.store.begin(actor=person) as tx:
        change_contact(waiting.id, Contact("en", None, (an_email(EMAIL, "no"),)), tx)

    assert len(desk.announced("contact.changed.v1")) == 1
    assert desk.announced("request.amended.v1") == []


def test_a_flag_never_falls_to_where_nobody_may_open_it(desk: Desk) -> None:
    submitted = desk.takes_in(a_submission(hidden_from_agencies=(HUB,)))
    with desk.store.begin() as tx:
        keep_shifts([Shift(HUB, frozenset(range(7)), time(0), time(0), FIRST)], tx)
    with desk.store.begin(actor=Principal("person", id=str(submitted.id))) as tx:
        raise_flag(submitted.id, "DANGER", tx)

    (told,) = desk.announced("request.flagged.v1")
    on_duty = worker(KIND, UUID(told["duty_agency_id"]), "coordinator")
    with desk.store.read(actor=on_duty) as tx:
        assert len(flags_to_look_at(tx)) == 1


def test_waits_do_not_tell_a_reference_that_is_there_from_one_that_is_not(desk: Desk) -> None:
    known = refers(desk, worker())

    def waits_for(reference: str, who: Principal) -> bool:
        for other in ("HHHH-HHHH", "HHHH-HHHJ", "HHHH-HHHK", "HHHH-HHHM"):
            with desk.store.begin(actor=who) as tx:
                on_the_phone(other, "wrong", "hide", tx)
        with desk.store.begin(actor=who) as tx:
            return on_the_phone(reference, "wrong", "hide", tx).proof.wait is not None

    assert FREE_TRIES == 5
    one, two = worker(new_id()), worker(new_id())
    assert waits_for(known.reference, one) == waits_for("HHHH-HHHN", two)


def test_only_a_button_that_says_so_means_not_now(desk: Desk) -> None:
    mine = OwnPage.of(desk).shows()
    asked = mine.is_asked_about(HOMES)

    assert mine.post(f"/my/question/{asked}", {"answer": "surely"}).status_code == 422
    assert mine.announced("consent.deferred.v1") == []


def test_an_office_is_held_at_the_hub_and_nowhere_else(desk: Desk) -> None:
    page = OwnPage.of(desk).works_at(HOMES, "officer", "coordinator", "governance_lead")
    with desk.store.read() as tx:
        (consent,) = tx.consents_of(page.id)
    found = page.staff_post("/rights/find", {"reference": page.submitted.reference})
    told = page.staff_post(f"/rights/requests/{page.id}/everything", {})
    receipt = page.staff_get(f"/requests/{page.id}/consents/{consent.id}")
    closed = page.staff_post(f"/requests/{page.id}/close", {"outcome": "DIED"})

    assert (found.status_code, told.status_code) == (422, 404)
    assert (receipt.status_code, closed.status_code) == (404, 404)
    assert "Marigold" not in told.text
    assert desk.announced("request.closed.v1") == []
