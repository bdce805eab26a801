"""A receiver refers somebody on: the draft holds what they may know, and no agreement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from intake.telling import ADVICE, EMAIL, HOMES, PERSONAL, STORY, a_submission, naming

from services.intake.http.reading import submission_from
from services.intake.http.referrer import drafts
from services.intake.http.request_bodies import PART
from services.intake.restating import as_submitted
from services.intake.storage import holds
from services.intake.storage import tables as t
from services.intake.storage.hidden import hide
from services.intake.usecases.consent_ends import withdraw_all_consents
from services.intake.usecases.drafting import find_draft
from services.intake.usecases.erasing import erase_request
from shared.identity import Principal
from shared.ids import new_id
from shared.testing.sign_on import sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from intake.desk import Desk

BASE = "https://localhost"


class Reader:
    """A worker of an agency at a browser."""

    def __init__(self, desk: Desk, agency: UUID = ADVICE) -> None:
        self.browser = desk.app.test_client()
        sign_in(desk.app, self.browser, "worker", agency_id=agency)

    def presses(self, path: str) -> Any:
        asked = self.browser.get(path, base_url=BASE)
        token = re.search(r'name="csrf_token" value="([^"]+)"', asked.text)
        assert token is not None, asked.text
        assert not [words for words in PERSONAL if words in asked.text]
        return self.browser.post(path, data={"csrf_token": token[1]}, base_url=BASE)

    def sees(self, path: str) -> str:
        return str(self.browser.get(path, base_url=BASE).text)


def onward_of(desk: Desk, *states: str) -> str:
    submitted = desk.takes_in(a_submission(referrals=naming()))
    referral = desk.put_to(submitted, *states)
    return f"/requests/{submitted.id}/onward?referral={referral}&need=housing&need=no-such"


def test_the_draft_holds_what_was_agreed_and_that_it_was_opened_is_recorded(desk: Desk) -> None:
    path, reader = onward_of(desk, "sent", "accepted"), Reader(desk)
    before = len(desk.announced())

    begun = reader.presses(path)

    assert begun.status_code == 303
    (granted,) = [e for e in desk.announced()[before:] if "what" in e]
    assert granted["recipient_agency_id"] == str(ADVICE)
    person = reader.sees(f"{begun.location}/person")
    assert "Thistlewood" in person
    assert EMAIL in person
    story = reader.sees(f"{begun.location}/story")
    assert STORY in story
    assert re.search(r'value="housing"[^>]*checked', story)
    assert "Marigold Thistlewood" not in begun.location


def test_before_a_yes_the_way_to_reach_them_is_not_copied(desk: Desk) -> None:
    begun = Reader(desk).presses(onward_of(desk, "sent"))

    assert begun.status_code == 303
    assert EMAIL not in Reader(desk).sees(f"{begun.location}/person")


def test_who_was_not_asked_gets_no_draft(desk: Desk) -> None:
    path = onward_of(desk, "sent", "accepted")

    assert Reader(desk, HOMES).presses(path).status_code == 404
    assert Reader(desk).browser.get(path.partition("?")[0], base_url=BASE).status_code == 404


def test_what_is_sent_names_the_referral_it_goes_on_from_and_is_told_again_so(desk: Desk) -> None:
    begun = Reader(desk).presses(onward_of(desk, "sent", "accepted"))
    worker = Principal("staff", str(new_id()), ADVICE, frozenset({"worker"}))
    with desk.store.begin(actor=worker) as tx:
        draft = find_draft(UUID(begun.location.rpartition("/")[2]), tx)
        loaded = PART.load(drafts.without_nothing(draft.body))

    told = submission_from(loaded)
    submitted = desk.takes_in(a_submission(onward_of=told.onward_of))

    assert str(told.onward_of) == draft.body["onward_of"]
    (event,) = [e for e in desk.announced("request.submitted.v1") if e["onward_of"]]
    assert event["onward_of"] == draft.body["onward_of"]
    with desk.store.read() as tx:
        row = tx.request_row(submitted.id)
        assert row is not None
        assert as_submitted(row, tx).onward_of == told.onward_of


def _withdrawn(desk: Desk, request: UUID) -> None:
    with desk.store.begin(actor=Principal("staff", "anna", None, frozenset({"referrer"}))) as tx:
        withdraw_all_consents(request, tx, method="phone", reason=None)


def _hidden(desk: Desk, request: UUID) -> None:
    with desk.store.begin() as tx:
        hide(request, [ADVICE], (), tx)


def _restricted(desk: Desk, request: UUID) -> None:
    with desk.store.begin() as tx:
        holds.hold(request, holds.RESTRICTED, tx)


def _erased(desk: Desk, request: UUID) -> None:
    with desk.store.begin() as tx:
        erase_request(request, "PERSON_ASKED", "staff:anna", tx)


@pytest.mark.parametrize("ends", [_withdrawn, _hidden, _restricted, _erased])
def test_a_draft_that_goes_on_is_read_only_while_the_referral_is_open_to_its_agency(
    desk: Desk, ends: Callable[[Desk, UUID], None]
) -> None:
    path, reader = onward_of(desk, "sent", "accepted"), Reader(desk)
    draft = reader.presses(path).location
    assert "Thistlewood" in reader.sees(f"{draft}/person")

    ends(desk, UUID(path.split("/")[2]))

    for page in ("person", "story", "contact"):
        shown = reader.browser.get(f"{draft}/{page}", base_url=BASE)
        assert shown.status_code == 404
        assert "Thistlewood" not in shown.text
    assert draft.rpartition("/")[2] not in reader.sees("/requests/")


def test_with_its_request_the_copy_in_a_draft_is_destroyed_and_its_key_counted(desk: Desk) -> None:
    path, reader = onward_of(desk, "sent", "accepted"), Reader(desk)
    draft = UUID(reader.presses(path).location.rpartition("/")[2])

    with desk.store.begin() as tx:
        assert tx.key_of(draft)
        keys = erase_request(UUID(path.split("/")[2]), "PERSON_ASKED", "staff:anna", tx)

    assert keys == len(("the request's", "the person's", "the draft's"))
    with desk.store.read() as tx:
        assert tx.key_of(draft) is None
        assert tx.one(t.metadata.tables["case_draft"].select()) is None
