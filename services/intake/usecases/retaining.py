"""The retention schedule at work: it proposes, an officer confirms, a certificate remains.

Promise: nothing is destroyed that was not proposed and confirmed, nor anything under a legal
hold, also when the hold was placed a moment before.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from services.intake.domain.request_transitions import ENDED
from services.intake.domain.retention import Ended, Rule, class_of, due_at
from services.intake.domain.rights import RETENTION
from services.intake.storage import rights
from services.intake.storage import tables as t
from services.intake.storage.changes import changes as change
from services.intake.usecases.erasing import erase_request

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

SCHEDULE = Path(__file__).parents[1] / "retention.csv"
ENDS = ("T6", "T23", "T31", "T37", "T40")
AT_ONCE = 200
KEPT = "kept"
HOW = "The keys were destroyed. What was sealed under them can be read by nobody, we included."


@cache
def schedule() -> tuple[Rule, ...]:
    """Return the retention schedule."""
    with SCHEDULE.open(encoding="utf-8", newline="") as file:
        return tuple(_rule(dict(row)) for row in csv.DictReader(file))


def _rule(row: dict[str, Any]) -> Rule:
    return Rule(**{**row, "kept": int(row["kept"])})


def rules() -> dict[str, Rule]:
    """Return the rules by record class."""
    return {rule.record_class: rule for rule in schedule()}


def backup_days() -> int:
    """Return for how many days a copy may still hold what was erased."""
    return rules()["backup"].kept


def propose(tx: IntakeTransaction, after: UUID | None) -> UUID | None:
    """Propose what is due among the next requests after *after*; return the last one looked at."""
    over = t.request.c.state.in_(sorted(ENDED))
    wanted = select(t.request).where(over).order_by(t.request.c.id).limit(AT_ONCE)
    rows = tx.all(wanted if after is None else wanted.where(t.request.c.id > after))
    for row in rows:
        _propose(row, tx)
    return rows[-1].id if rows else None


def _propose(row: Row[Any], tx: IntakeTransaction) -> None:
    ended = ended_of(row, tx)
    if ended is None or due_at(ended, rules()) > tx.now:
        return
    if rights.erasure_row(row.id, tx) or rights.standing_holds(row.id, tx):
        return
    tx.insert_unless_there(
        rights.disposal,
        request_id=row.id,
        record_class=class_of(ended),
        due_at=due_at(ended, rules()),
        proposed_at=tx.now,
        state=rights.OPEN,
    )


def ended_of(row: Row[Any], tx: IntakeTransaction) -> Ended | None:
    """Return what the schedule must know of a request; None while it has not ended."""
    mine = (change.c.request_id == row.id) & change.c.transition.in_(ENDS)
    last = tx.one(select(change.c.at).where(mine).order_by(change.c.version.desc()).limit(1))
    if last is None or row.state not in ENDED:
        return None
    states = frozenset(step.state for step in tx.steps_of_request(row.id))
    return Ended(row.submitted_at, last.at, row.age, states)


def confirm(chosen: Iterable[UUID], tx: IntakeTransaction) -> UUID | None:
    """Destroy what was proposed and chosen; return the certificate, None if nothing went.

    What a hold was placed on meanwhile stays proposed, and is not on the certificate.
    """
    wanted = set(chosen)
    open_now = [row for row in rights.open_disposals(tx) if row.request_id in wanted]
    going = [row for row in open_now if not rights.standing_holds(row.request_id, tx)]
    if not going:
        return None
    certificate_id = tx.new_id()
    items = [_destroyed(row, certificate_id, tx) for row in going]
    tx.insert(
        rights.certificate,
        id=certificate_id,
        at=tx.now,
        approver=str(tx.actor.id),
        basis=RETENTION,
        facts={"items": items, "how": HOW, "backup_days": backup_days()},
    )
    return certificate_id


def keep(request_id: UUID, tx: IntakeTransaction) -> None:
    """Take a request off the list of proposals: it is to be kept longer."""
    _decide(request_id, KEPT, tx)


def _destroyed(row: Row[Any], certificate_id: UUID, tx: IntakeTransaction) -> dict[str, Any]:
    request = tx.request_row(row.request_id)
    keys = erase_request(row.request_id, RETENTION, str(tx.actor.id), tx)
    erased = rights.erasure.c.request_id == row.request_id
    tx.execute(update(rights.erasure).where(erased).values(certificate_id=certificate_id))
    _decide(row.request_id, rights.DONE, tx)
    return {
        "request_id": str(row.request_id),
        "reference": request.reference if request else "",
        "record_class": row.record_class,
        "due_at": row.due_at.isoformat(),
        "keys": keys,
    }


def _decide(request_id: UUID, state: str, tx: IntakeTransaction) -> None:
    told = {"state": state, "decided_at": tx.now, "decided_by": tx.actor.id}
    mine = (rights.disposal.c.request_id == request_id) & (rights.disposal.c.state == rights.OPEN)
    tx.execute(update(rights.disposal).where(mine).values(told))
