"""What shuts the gate whatever was agreed: a request that is over, a hold, somebody hidden from."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake.desk import Desk
from intake.safeguarding import opens, put_in_state, records, seen_in, staff
from intake.telling import ADVICE, ALL, DEBT, HOMES, RENT, SHUT, a_consent, a_grant, a_submission

from services.intake.domain.gate import OPEN_REQUESTS, SCOPES, Scope, visible
from services.intake.domain.request_transitions import RequestState
from services.intake.handlers import HANDLERS, RESTATED
from services.intake.steps import STATES, close_gate, keep_step, note_stopping
from services.intake.storage import tables as t
from services.intake.storage.hidden import hide
from services.intake.storage.holds import FROZEN, RESTRICTED, hold, let_go
from services.intake.usecases import Refusal
from shared.ids import new_id

ON_BOTH = pytest.mark.usefixtures("where")
STATES_OF_REFERRALS = (*SCOPES, "proposed", "declined", "halted", "withdrawn", "of tomorrow")
STATES_OF_REQUESTS = (*RequestState, "erased", "of tomorrow")


def keeps(desk: Desk, request: UUID, state: str, agency: UUID = ADVICE) -> UUID:
    """Let intake's copy of a referral be in *state*."""
    referral = new_id()
    with desk.store.begin() as tx:
        facts = {"service_id": DEBT, "agency_id": agency, "state": state, "at": tx.now}
        tx.insert(t.referral_step, referral_id=referral, sequence=1, request_id=request, **facts)
    return referral


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    agreed=st.sets(st.sampled_from(ALL)),
    overridden=st.sets(st.sampled_from(ALL)),
    asked=st.none() | st.sets(st.sampled_from(ALL)),
    referral_state=st.sampled_from(STATES_OF_REFERRALS),
    request_state=st.sampled_from(["submitted"] * 6 + list(STATES_OF_REQUESTS)),
    held=st.sampled_from([None, None, None, RESTRICTED, FROZEN]),
    hides=st.sampled_from([None, None, None, "agency", "staff", "team", "members"]),
    teams=st.sets(st.sampled_from([RENT, SHUT])),
    asked_by=st.sampled_from([ADVICE, ADVICE, HOMES]),
    by_referral=st.booleans(),
)
def test_what_leaves_is_what_every_rule_together_allows(
    desk: Desk,
    agreed: set[str],
    overridden: set[str],
    asked: set[str] | None,
    referral_state: str,
    request_state: str,
    held: str | None,
    hides: str | None,
    teams: set[UUID],
    asked_by: UUID,
    *,
    by_referral: bool,
) -> None:
    grants = [a_grant(ADVICE, *sorted(agreed))] if agreed else []
    others = a_grant(HOMES, "household")
    submitted = desk.takes_in(a_submission(consent=a_consent(*grants, others)))
    referral = keeps(desk, submitted.id, referral_state)
    if overridden:
        records(desk, submitted.id, recipients=(ADVICE,), categories=tuple(sorted(overridden)))
    put_in_state(desk, submitted.id, request_state)
    worker = staff(asked_by, "worker", teams=tuple(teams))
    with desk.store.begin() as tx:
        if held:
            hold(submitted.id, held, tx)
        kinds = {"agency": asked_by, "staff": UUID(str(worker.id)), "team": DEBT, "members": RENT}
        if hides:
            hide(
                submitted.id,
                *([kinds[kind]] if kind == hides else [] for kind in ("agency", "staff")),
                tx,
                teams=[kinds[hides]] if hides in {"team", "members"} else [],
            )

    through = referral if by_referral else None
    answer = opens(desk, submitted.id, through, asked_by, worker, categories=asked)

    scope = SCOPES.get(referral_state, Scope.NOTHING)
    followed_up = request_state == "closed" and referral_state == "completed" and by_referral
    shut = (
        asked_by != ADVICE
        or (request_state not in OPEN_REQUESTS and not followed_up)
        or held
        or hides in {"agency", "staff"}
        or (hides == "team" and by_referral)
        or (hides == "members" and RENT in teams)
        or (by_referral and scope is Scope.NOTHING)
    )
    may = set() if shut else overridden | (visible(agreed, scope) if by_referral else set())
    assert seen_in(answer) == (may if asked is None else may & asked)


@pytest.mark.parametrize("kind", ["agency", "staff", "team", "members"])
@ON_BOTH
def test_whom_the_person_hides_from_is_answered_as_if_there_were_nothing(
    desk: Desk, kind: str
) -> None:
    submitted, worker = desk.takes_in(), staff(ADVICE, "worker", teams=(SHUT, RENT))
    referral = desk.put_to(submitted, "sent", "accepted")
    with desk.store.begin() as tx:
        agencies = [ADVICE] if kind == "agency" else []
        people = [UUID(str(worker.id))] if kind == "staff" else []
        teams = {"team": [DEBT], "members": [RENT]}.get(kind, [])
        hide(submitted.id, agencies, people, tx, teams=teams)

    assert opens(desk, submitted.id, referral, ADVICE, worker) == Refusal("HIDDEN")
    assert [told["reason"] for told in desk.announced("access.denied.v1")] == ["HIDDEN"]
    if kind in {"staff", "members"}:
        assert seen_in(opens(desk, submitted.id, referral, ADVICE)) == set(ALL)


def test_the_refusal_of_the_hidden_is_that_of_the_absent(desk: Desk) -> None:
    submitted = desk.takes_in()
    referral = desk.put_to(submitted, "sent", "accepted")
    with desk.store.begin() as tx:
        hide(submitted.id, [ADVICE], [], tx)

    def asks(request: UUID) -> tuple[int, str, Any]:
        path = f"/api/v1/requests/{request}/person?referral={referral}"
        answer = desk.gets(path, "person.read")
        body = re.sub(r"urn:uuid:[\w-]+", "", answer.text)
        return answer.status_code, body, sorted(answer.headers.keys())

    assert asks(submitted.id) == asks(new_id())
    assert asks(submitted.id)[0] == 404


@ON_BOTH
def test_a_hold_shuts_at_once_and_what_was_agreed_counts_again_after_it(desk: Desk) -> None:
    submitted = desk.takes_in()
    referral = desk.put_to(submitted, "sent")
    with desk.store.begin() as tx:
        hold(submitted.id, RESTRICTED, tx)
        hold(submitted.id, RESTRICTED, tx)

    assert opens(desk, submitted.id, referral, ADVICE) == Refusal("REQUEST_RESTRICTED")
    with desk.store.begin() as tx:
        let_go(submitted.id, RESTRICTED, tx)
    assert seen_in(opens(desk, submitted.id, referral, ADVICE))


@ON_BOTH
def test_of_a_closed_request_only_what_was_completed_is_followed_up(desk: Desk) -> None:
    submitted = desk.takes_in()
    active, completed = (keeps(desk, submitted.id, state) for state in ("active", "completed"))
    put_in_state(desk, submitted.id, "closed")

    assert opens(desk, submitted.id, active, ADVICE) == Refusal("REQUEST_CLOSED")
    assert seen_in(opens(desk, submitted.id, completed, ADVICE)) == set(ALL)


@pytest.mark.parametrize(("before", "sees_contact"), [("opened", False), ("accepted", True)])
def test_while_a_cancellation_is_asked_for_what_was_open_stays_open(
    desk: Desk, before: str, *, sees_contact: bool
) -> None:
    submitted = desk.takes_in()
    referral = desk.put_to(submitted, "sent", before)
    with desk.store.begin() as tx:
        step = {"request_id": submitted.id, "service_id": DEBT, "agency_id": ADVICE, "at": tx.now}
        state = "cancel_requested"
        tx.insert(t.referral_step, referral_id=referral, sequence=3, state=state, **step)

    seen = seen_in(opens(desk, submitted.id, referral, ADVICE))

    assert ("contact" in seen) == sees_contact
    assert "story" in seen


def test_less_may_be_asked_for_and_no_more_is_opened_or_recorded(desk: Desk) -> None:
    submitted = desk.takes_in()
    referral = desk.put_to(submitted, "sent", "accepted")

    answer = opens(desk, submitted.id, referral, ADVICE, categories=["identity", "risk"])

    assert seen_in(answer) == {"identity"}
    assert [told["what"] for told in desk.announced("access.granted.v1")] == [["identity"]]


def test_without_an_audit_row_nothing_is_released(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted = desk.takes_in()
    referral = desk.put_to(submitted, "sent")

    def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("shared.storage.transaction.outbox_row", full)
    with pytest.raises(OSError, match="disk full"):
        opens(desk, submitted.id, referral, ADVICE)


def test_another_service_of_the_same_agency_is_another_team(desk: Desk) -> None:
    submitted = desk.takes_in()
    referral = desk.put_to(submitted, "sent")
    with desk.store.begin() as tx:
        hide(submitted.id, [], [], tx, teams=[RENT])

    assert seen_in(opens(desk, submitted.id, referral, ADVICE))


def test_every_step_that_ends_an_access_closes_the_gate_when_it_is_heard() -> None:
    for kind, state in STATES.items():
        opens_nothing = SCOPES.get(state, Scope.NOTHING) is Scope.NOTHING
        assert RESTATED[kind] is keep_step
        closes = HANDLERS[kind] in {close_gate, note_stopping}
        assert closes == (opens_nothing and state != "proposed"), state
