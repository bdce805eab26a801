"""Which nation the partnership is in: its bank holidays are no working days.

Promise: it is read once in a while, not for every request; a change counts within minutes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Column, Integer, String, Table, select, update

from services.intake.domain.agreements import Agreement
from services.intake.storage.tables import metadata
from services.intake.working_days import ENGLAND, working_days_after
from shared.storage import Transaction

READ_AGAIN = timedelta(minutes=5)

partnership = Table(
    "partnership",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("nation", String(20), nullable=False),
)
_NATION = select(partnership.c.nation)


@dataclass(slots=True)
class Remembered:
    """What the transactions of one store know already, and since when."""

    nation: tuple[str, datetime] | None = None
    agreements: dict[tuple[UUID, int], Agreement] = field(default_factory=dict)


class PartnershipRows(Transaction):
    """What intake knows of the partnership itself."""

    remembered: Remembered

    def nation(self) -> str:
        """Return whose bank holidays count."""
        known = self.remembered.nation
        if known is None or not known[1] <= self.now < known[1] + READ_AGAIN:
            row = next(iter(self.ask(_NATION)), None)
            known = (row.nation if row else ENGLAND, self.now)
            self.remembered.nation = known
        return known[0]

    def keep_nation(self, nation: str) -> None:
        """Remember whose bank holidays count."""
        if not self.execute(update(partnership).values(nation=nation)).rowcount:
            self.insert(partnership, id=1, nation=nation)
        self.remembered.nation = None

    def working_days_after(self, moment: datetime, count: int) -> datetime:
        """Return the last second of the *count*-th working day here after *moment*, in UTC."""
        return working_days_after(moment, count, self.nation())
