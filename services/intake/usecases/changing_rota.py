"""Who looks when somebody may be in danger, chosen by the coordinator.

Promise: a change is made to the rota its reader saw, or not at all; it counts for the next
flag, it is announced with who made it, and the hours in which nobody looks first are named.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING
from uuid import UUID

from services.intake.domain import duty
from services.intake.domain.duty import Gap, Shift, gaps
from services.intake.errors import RequestNotFoundError, RotaRefusedError
from services.intake.messages.duty import ADDED, REMOVED, RotaChanged
from services.intake.storage import flags
from services.intake.usecases.at_the_hub import coordinates
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.intake.storage import IntakeTransaction

PRACTICE = "practice"
MOST = 100
NO_TIME = "Enter a time like 09:00 or 17:30"
CHANGED = "Somebody else changed the rota meanwhile. Look at it again, then change it"


@dataclass(frozen=True, slots=True)
class Rota:
    """The rota as it stands, by which it is known again, and where it has holes."""

    shifts: tuple[Shift, ...]
    version: str
    gaps: tuple[Gap, ...]
    may_change: bool


@dataclass(frozen=True, slots=True)
class Hours:
    """What somebody typed: when an agency is on duty."""

    agency: str
    days: tuple[str, ...]
    starts: str
    ends: str
    rank: str


def rota(tx: IntakeTransaction) -> Rota:
    """Return the whole rota."""
    known = flags.shifts(tx)
    return Rota(known, _version(known), gaps(known), coordinates(tx))


def add_hours(said: Hours, tx: IntakeTransaction, *, version: str) -> None:
    """Add hours to the rota; raise RotaRefusedError naming every fault."""
    known = _seen(version, tx)
    found = [*_faults(said, tx)]
    if len(known) >= MOST:
        found.append(Fault("/agency", "The rota is full. Take hours away first"))
    starts, ends = _clock(said.starts), _clock(said.ends)
    if found or starts is None or ends is None:
        raise RotaRefusedError("these hours cannot be added", found)
    days = frozenset(map(int, said.days))
    shift = Shift(UUID(said.agency), days, starts, ends, int(said.rank))
    if shift in known:
        raise RotaRefusedError("there already", [Fault("/agency", "These hours are there already")])
    flags.keep_shifts((*known, shift), tx)
    tell_of_hours(shift, ADDED, tx)


def take_away(place: int, tx: IntakeTransaction, *, version: str) -> None:
    """Take the hours at *place* from the rota."""
    known = _seen(version, tx)
    if not 0 <= place < len(known):
        raise RequestNotFoundError("there are no such hours")
    flags.keep_shifts((*known[:place], *known[place + 1 :]), tx)
    tell_of_hours(known[place], REMOVED, tx)


def tell_of_hours(shift: Shift, change: str, tx: IntakeTransaction) -> None:
    """Announce that hours were added to the rota, or removed: the audit log keeps who did it."""
    hours = {"starts": f"{shift.starts:%H:%M}", "ends": f"{shift.ends:%H:%M}"}
    days = tuple(sorted(shift.days))
    tx.announce(RotaChanged(shift.agency_id, change, days, **hours, rank=shift.rank))


def may_be_asked(tx: IntakeTransaction) -> list[tuple[str, str]]:
    """Return the agencies that can be on duty, by name."""
    names = flags.agencies_on_call(PRACTICE, tx)
    return [(str(row.id), row.name) for row in names]


def _seen(version: str, tx: IntakeTransaction) -> tuple[Shift, ...]:
    if not coordinates(tx):
        raise RequestNotFoundError("there is nothing here for you to change")
    known = flags.shifts(tx)
    if version != _version(known):
        raise RotaRefusedError("changed meanwhile", [Fault("/agency", CHANGED)])
    return known


def _faults(said: Hours, tx: IntakeTransaction) -> Iterator[Fault]:
    if said.agency not in dict(may_be_asked(tx)):
        yield Fault("/agency", "Choose an agency")
    if not said.days or not {str(day) for day in range(7)}.issuperset(said.days):
        yield Fault("/days", "Choose at least one day")
    if _clock(said.starts) is None:
        yield Fault("/starts", NO_TIME)
    if _clock(said.ends) is None:
        yield Fault("/ends", NO_TIME)
    if said.rank not in {str(duty.FIRST), str(duty.FALLBACK)}:
        yield Fault("/rank", "Choose if they look first, or when nobody else did")


def _clock(text: str) -> time | None:
    hour, _, minute = text.strip().replace(".", ":").partition(":")
    if not (hour.isascii() and hour.isdecimal() and minute.isascii() and minute.isdecimal()):
        return None
    try:
        return time(int(hour[:4]), int(minute[:4]))
    except ValueError:
        return None


def _version(known: Sequence[Shift]) -> str:
    said = [
        f"{one.agency_id} {sorted(one.days)} {one.starts} {one.ends} {one.rank}" for one in known
    ]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
