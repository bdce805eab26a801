"""A driver of sharing without agreement: safeguarding leads, their second persons, recipients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from intake.telling import ADVICE, HOMES, HUB
from sqlalchemy import update

from services.intake.domain.overrides import Override
from services.intake.storage import tables as t
from services.intake.usecases import Disclosure, Refusal, disclose
from services.intake.usecases.overriding import record_override
from services.intake.usecases.reviewing import review_override
from shared.identity import Principal
from shared.ids import new_id

if TYPE_CHECKING:
    from intake.desk import Desk

RATIONALE = "A child in the flat was seen with bruises by Bartholomew."


def staff(
    agency: UUID, *roles: str, id_: UUID | None = None, teams: tuple[UUID, ...] = ()
) -> Principal:
    who = {"name": "Sam Lee", "teams": frozenset(teams)}
    return Principal("staff", str(id_ or new_id()), agency, frozenset(roles), **who)


def a_lead(agency: UUID = HUB) -> Principal:
    return staff(agency, "safeguarding")


def said(**changes: Any) -> Override:
    facts = {
        "ground": "SAFEGUARDING_CHILD",
        "why_no_consent": "WOULD_PREJUDICE",
        "recipients": (HOMES,),
        "categories": ("identity", "address"),
        "rationale": RATIONALE,
        "minimised": True,
        "person_told": False,
        "why_not_told": "RISK_INCREASED",
    }
    return Override(**{**facts, **changes})


def records(desk: Desk, request_id: UUID, who: Principal | None = None, **changes: Any) -> UUID:
    with desk.store.begin(actor=who or a_lead()) as tx:
        return record_override(request_id, said(**changes), tx)


def decides(desk: Desk, override_id: UUID, decision: str, who: Principal | None = None) -> None:
    with desk.store.begin(actor=who or a_lead()) as tx:
        review_override(override_id, decision, tx)


def opens(
    desk: Desk,
    request_id: UUID,
    referral_id: UUID | None = None,
    agency: UUID = HOMES,
    who: Principal | None = None,
    **how: Any,
) -> Disclosure | Refusal:
    with desk.store.begin(actor=who or staff(agency, "worker")) as tx:
        return disclose(request_id, referral_id, agency, "refer", tx, **how)


def seen_in(answer: Disclosure | Refusal) -> set[str]:
    return set(answer.categories) if isinstance(answer, Disclosure) else set()


def put_in_state(desk: Desk, request_id: UUID, state: str) -> None:
    """Let a request be in *state*, however it got there."""
    with desk.store.begin() as tx:
        tx.execute(update(t.request).where(t.request.c.id == request_id).values(state=state))


__all__ = ["ADVICE", "HOMES", "HUB", "RATIONALE"]
