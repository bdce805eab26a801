"""Whom a person names and who must not know: on file by that name, or to be looked for.

Promise: from whoever may be meant it is hidden at once, until a coordinator has looked; a name
that nobody on file has stays sealed with the request, and the hub is told that it waits.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake.domain.naming import Naming
from services.intake.messages import RequestNamesSettled, RequestNamesToFind
from services.intake.storage import hidden_names as rows
from services.intake.storage.changes import keep_change, open_change
from services.intake.storage.colleagues import agencies_named, staff_named, staff_perhaps_named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Row

    from services.intake.domain.submission import Submission
    from services.intake.storage import IntakeTransaction

LOOK_WITHIN = 1
"""Working days in which a coordinator looks for whoever is meant."""


def with_names_found(told: Submission, tx: IntakeTransaction) -> Submission:
    """Return *told* hidden from everybody its names mean, or may mean; the unknown are left."""
    names = [name for name in told.hidden_from_names if name.strip()]
    if not names:
        return replace(told, hidden_from_names=())
    found = {name: staff_named([name], tx) for name in names}
    agencies = {name: agencies_named([name], tx) for name in names}
    known = tuple(name for name in names if found[name] or agencies[name])
    unknown = tuple(name for name in names if name not in known)
    meant = {staff_id for whom in found.values() for staff_id in whom}
    certain = meant | set(told.hidden_from_staff)
    # Whoever writes the names down has heard it all; they do not lose their own work by it.
    perhaps = set(staff_perhaps_named(unknown, tx)) - certain - {_writer(tx)}
    return replace(
        told,
        hidden_from_agencies=_with(told.hidden_from_agencies, agencies.values()),
        hidden_from_staff=tuple(sorted(certain | perhaps)),
        hidden_from_names=unknown,
        naming=Naming(known, tuple(sorted(meant)), tuple(sorted(perhaps))),
    )


def _with(said: tuple[UUID, ...], named: Iterable[Iterable[UUID]]) -> tuple[UUID, ...]:
    more = {one for ids in named for one in ids} - set(said)
    return (*said, *sorted(more))


def _writer(tx: IntakeTransaction) -> UUID | None:
    return UUID(tx.actor.id) if tx.actor.kind == "staff" and tx.actor.id else None


def keep_names(request_id: UUID, version: int, told: Submission, tx: IntakeTransaction) -> None:
    """Keep the names, sealed: those on file, and those for a coordinator to look for."""
    naming = told.naming
    if naming.known:
        kept = {"names": naming.known, "staff": naming.meant}
        keep_change(request_id, version, "T32", tx, code=rows.KNOWN, told=kept)
    if told.hidden_from_names:
        kept = {"names": told.hidden_from_names, "staff": naming.perhaps}
        keep_change(request_id, version, "T32", tx, code=rows.NAMED, told=kept)


def tell_of_names(request_id: UUID, reference: str, tx: IntakeTransaction) -> None:
    """Tell the hub at once that there are names to look for; not which."""
    look_by = tx.working_days_after(tx.now, LOOK_WITHIN)
    tx.announce(RequestNamesToFind(request_id, reference, look_by))


def tell_if_names_wait(request_id: UUID, reference: str, tx: IntakeTransaction) -> None:
    """Tell the hub of names that were kept before anybody might be told of the request."""
    if rows.unsettled(request_id, tx):
        tell_of_names(request_id, reference, tx)


def names_waiting(request_id: UUID, tx: IntakeTransaction) -> tuple[str, ...]:
    """Return the names of a request for which nobody has looked. Only `read_names` shows them."""
    return tuple(
        name for row in rows.unsettled(request_id, tx) for name in open_change(row, tx)["names"]
    )


def names_that_count(request_id: UUID, tx: IntakeTransaction) -> tuple[str, ...]:
    """Return the names on file and those nobody has looked for, to be hidden from once more."""
    known = rows.kept(tx, request_id, rows.KNOWN)
    names = [name for row in known for name in open_change(row, tx).get("names", ())]
    return tuple(dict.fromkeys((*names, *names_waiting(request_id, tx))))


def perhaps_meant(request_id: UUID, tx: IntakeTransaction) -> frozenset[UUID]:
    """Return from whom it is hidden only until a coordinator has looked."""
    certain = _staff(rows.kept(tx, request_id, rows.KNOWN), tx)
    return _staff(rows.unsettled(request_id, tx), tx) - certain


def note_settled(request_id: UUID, tx: IntakeTransaction) -> None:
    """Keep and tell that a coordinator has looked for whoever is meant; not who it is."""
    row = tx.request_row(request_id)
    if row is not None:
        keep_change(request_id, row.version, "T32", tx, code=rows.SETTLED)
        tx.announce(RequestNamesSettled(request_id))


def _staff(found: Iterable[Row[Any]], tx: IntakeTransaction) -> frozenset[UUID]:
    kept = (open_change(row, tx).get("staff", ()) for row in found)
    return frozenset(UUID(str(one)) for staff in kept for one in staff)
