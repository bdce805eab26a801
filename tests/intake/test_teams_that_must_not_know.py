"""Whoever works in a team that must not know is refused at every door, as whoever is meant is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from intake.own_page import OwnPage
from intake.safeguarding import staff
from intake.telling import ADVICE, HUB, REFERRER, RENT, SHUT, a_submission

from services.intake.errors import RequestNotFoundError
from services.intake.usecases import submit_request
from services.intake.usecases.drafting import begin_draft, drafts_seen, find_draft
from services.intake.usecases.flagging import raise_flag
from services.intake.usecases.flags_looking import flags_to_look_at
from services.intake.usecases.following import followed
from services.intake.usecases.hiding import names_to_find
from services.intake.usecases.watching import LIVE, counts, watched
from shared.ids import new_id
from shared.testing.sign_on import sign_in

if TYPE_CHECKING:
    from intake.desk import Desk

    from services.intake.usecases import Submitted
    from shared.identity import Principal

ON_BOTH = pytest.mark.usefixtures("where")
TEAM, OTHER = RENT, SHUT
EACH = pytest.mark.parametrize(
    ("teams", "knows"),
    [((TEAM,), False), ((OTHER, TEAM), False), ((OTHER,), True), ((), True)],
    ids=["member", "member of several", "member of another", "member of none"],
)


def refers(desk: Desk, who: Principal, **changes: Any) -> Submitted:
    with desk.store.begin(actor=who) as tx:
        return submit_request(a_submission(hidden_from_teams=(TEAM,), **changes), tx)


@ON_BOTH
@EACH
def test_what_an_agency_sent_is_neither_listed_nor_counted_nor_followed_by_a_hidden_team(
    desk: Desk, teams: tuple[Any, ...], *, knows: bool
) -> None:
    sent = refers(desk, staff(REFERRER, "worker"))

    with desk.store.read(actor=staff(REFERRER, "worker", teams=teams)) as tx:
        assert counts(REFERRER, tx)[LIVE] == len(watched(REFERRER, LIVE, tx, page=1)) == knows
        if knows:
            assert followed(sent.id, tx)
        else:
            with pytest.raises(RequestNotFoundError):
                followed(sent.id, tx)


@EACH
def test_a_draft_is_not_there_for_a_team_it_hides_from(
    desk: Desk, teams: tuple[Any, ...], *, knows: bool
) -> None:
    with desk.store.begin(actor=staff(REFERRER, "worker")) as tx:
        draft = begin_draft({"hidden_from_teams": [str(TEAM)]}, tx)

    with desk.store.read(actor=staff(REFERRER, "worker", teams=teams)) as tx:
        assert len(drafts_seen(REFERRER, tx)) == knows
        if not knows:
            with pytest.raises(RequestNotFoundError):
                find_draft(draft.id, tx)


@EACH
def test_names_and_flags_of_the_hub_are_not_listed_for_a_hidden_team(
    desk: Desk, teams: tuple[Any, ...], *, knows: bool
) -> None:
    sent = refers(desk, staff(REFERRER, "worker"), hidden_from_names=("Philippa Peacock",))
    with desk.store.begin(actor=staff(REFERRER, "worker")) as tx:
        raise_flag(sent.id, "IMMEDIATE_DANGER", tx)
    roles = ("coordinator", "safeguarding")

    with desk.store.read(actor=staff(HUB, *roles, teams=teams)) as tx:
        assert len(names_to_find(tx)) == knows
        assert len(flags_to_look_at(tx)) == knows


@EACH
def test_the_details_of_a_person_are_as_absent_for_a_hidden_team(
    desk: Desk, teams: tuple[Any, ...], *, knows: bool
) -> None:
    page = OwnPage.of(desk, hidden_from_teams=(TEAM,)).works_at(ADVICE, "worker")
    assert page.staff is not None
    sign_in(desk.app, page.staff, "worker", agency_id=ADVICE, teams=teams)
    referral = new_id()
    for place, state in enumerate(("sent", "accepted"), start=1):
        desk.hears_of_referral(state, page.id, referral, place)

    def opens(request: object) -> tuple[int, str]:
        answer = page.staff_post(f"/requests/{request}/person?referral={referral}", {})
        return answer.status_code, re.sub(r'[0-9a-f-]{32,36}|nonce="[^"]*"', "", answer.text)

    status, text = opens(page.id)
    assert status == (200 if knows else 404)
    assert ((status, text) == opens(new_id())) is not knows
