"""What the gate looks at, in statements that were built once: it is asked at every reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from services.intake.storage import tables as t

if TYPE_CHECKING:
    from uuid import UUID

    from shared.storage import Transaction

_step, _later = t.referral_step, t.referral_step.alias()
_latest = select(func.max(_later.c.sequence)).where(
    _later.c.referral_id == bindparam("referral_id")
)
_NOW = select(_step).where(
    _step.c.referral_id == bindparam("referral_id"), _step.c.sequence == _latest.scalar_subquery()
)
_NOTES = select(t.named_service.c.id, t.named_service.c.sealed_notes).where(
    t.named_service.c.request_id == bindparam("request_id"),
    t.named_service.c.service_id == bindparam("service_id"),
)


def referral_now(referral_id: UUID, tx: Transaction) -> Any:  # noqa: ANN401 - a row
    """Return the latest step of one referral: that is its state. None if there is none."""
    return next(iter(tx.ask(_NOW, referral_id=referral_id)), None)


def notes_for(request_id: UUID, service_id: UUID, tx: Transaction) -> Any:  # noqa: ANN401 - a row
    """Return what the referrer wrote to one service, sealed. None if there is nothing."""
    found = tx.ask(_NOTES, request_id=request_id, service_id=service_id)
    return next(iter(found), None)
