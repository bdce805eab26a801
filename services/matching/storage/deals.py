"""Reads and writes of agreements between agencies.

Promise: what one referrer agreed with anybody is one statement, asked once in a transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, literal_column, select, update

from services.matching.domain.deals import Deal, Party, Stage
from services.matching.domain.transitions import LIVE
from services.matching.storage import tables as t
from services.matching.storage.deal_tables import deal, deal_party, partnership_rule
from shared.bus.restating import next_rows
from shared.storage import Transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Row

OPEN, REQUIRED = "open", "required"
_TERMS = (deal.c.id, deal.c.starts_on, deal.c.ends_on, deal.c.categories, deal.c.purposes)
_SIDE = (
    deal_party.c.agency_id,
    deal_party.c.stage,
    deal_party.c.may_refer,
    deal_party.c.may_receive,
    deal_party.c.trial_limit,
)
_RULE = select(partnership_rule.c.agreements).scalar_subquery()
_mine = deal_party.alias("mine")
_always = select(literal_column("1").label("one")).subquery("always")
# One row at least: the partnership's rule is told even where nothing was agreed.
_AGREED = select(_RULE.label("agreements"), *_TERMS, *_SIDE).select_from(
    _always.outerjoin(_mine, _mine.c.agency_id == bindparam("agency_id"))
    .outerjoin(deal, deal.c.id == _mine.c.deal_id)
    .outerjoin(deal_party, deal_party.c.deal_id == deal.c.id)
)


class DealRows(Transaction):
    """The agreements of the partnership."""

    _agreed: dict[UUID, tuple[bool, tuple[Deal, ...]]] | None = None

    def agreed_by(self, agency_id: UUID) -> tuple[bool, tuple[Deal, ...]]:
        """Return whether agreements are required, and all that *agency_id* takes part in."""
        if self._agreed is None:
            self._agreed = {}
        if agency_id not in self._agreed:
            rows = self.ask(_AGREED, agency_id=agency_id)
            required = rows[0].agreements == REQUIRED
            self._agreed[agency_id] = required, _deals(row for row in rows if row.id)
        return self._agreed[agency_id]

    def agreements_required(self) -> bool:
        """Tell whether agencies may refer to each other only under an agreement."""
        row = self.one(select(partnership_rule.c.agreements))
        return row is not None and row.agreements == REQUIRED

    def require_agreements(self, rule: str) -> None:
        """Keep whether agreements are required: `open` or `required`."""
        row = {"id": 1, "agreements": rule}
        self.insert_or_change(partnership_rule, row, {"agreements": rule})
        self._agreed = None

    def deal_row(self, deal_id: UUID) -> Row[Any] | None:
        """Return one agreement without its parties."""
        return self.one(select(deal).where(deal.c.id == deal_id))

    def deal_rows(self, ids: Iterable[UUID] | None = None) -> list[Row[Any]]:
        """Return agreements by name: these, or all."""
        query = select(deal).order_by(deal.c.name, deal.c.id)
        return self.all(query if ids is None else query.where(deal.c.id.in_(list(ids))))

    def deals_after(self, after: UUID | None, limit: int) -> list[Row[Any]]:
        """Return the next agreements in the order of their ids."""
        return self.all(next_rows(select(deal), deal.c.id, after, limit))

    def deals_ending(self, first: date, last: date) -> list[Row[Any]]:
        """Return the agreements whose last day lies between these days."""
        ends = select(deal).where(deal.c.ends_on.between(first, last))
        return self.all(ends.order_by(deal.c.id))

    def deals_of(self, agency_id: UUID) -> list[Row[Any]]:
        """Return the agreements an agency takes part in, by name."""
        mine = select(deal_party.c.deal_id).where(deal_party.c.agency_id == agency_id)
        return self.all(select(deal).where(deal.c.id.in_(mine)).order_by(deal.c.name, deal.c.id))

    def parties_of(self, ids: Sequence[UUID]) -> dict[UUID, list[Row[Any]]]:
        """Return who takes part in each of these agreements, by agency name."""
        query = (
            select(deal_party, t.agency.c.name)
            .join(t.agency, t.agency.c.id == deal_party.c.agency_id)
            .where(deal_party.c.deal_id.in_(list(ids)))
        )
        found: dict[UUID, list[Row[Any]]] = {deal_id: [] for deal_id in ids}
        ordered = query.order_by(t.agency.c.name, deal_party.c.agency_id)
        for row in self.all(ordered) if ids else ():
            found[row.deal_id].append(row)
        return found

    def keep_deal(self, deal_id: UUID, version: int, values: dict[str, Any]) -> None:
        """Write an agreement, new or changed."""
        if version == 1:
            self.insert(deal, id=deal_id, version=1, changed_at=self.now, **values)
        else:
            change = update(deal).where(deal.c.id == deal_id)
            self.execute(change.values(version=version, changed_at=self.now, **values))
        self._agreed = None

    def keep_party(self, deal_id: UUID, party: Party) -> None:
        """Write how an agency takes part, new or changed."""
        told = {
            "stage": party.stage,
            "may_refer": party.may_refer,
            "may_receive": party.may_receive,
            "trial_limit": party.trial_limit,
            "since": self.now,
        }
        row = {"deal_id": deal_id, "agency_id": party.agency_id, **told}
        self.insert_or_change(deal_party, row, told)
        self._agreed = None

    def open_between(self, referrer: UUID, receiver: UUID) -> int:
        """Return how many referrals of *referrer* are open at *receiver* now."""
        r = t.referral.c
        query = select(func.count()).where(
            r.referrer_agency_id == referrer,
            r.agency_id == receiver,
            r.sent_at.is_not(None),
            r.state.in_(sorted(LIVE)),
        )
        count: int = self.execute(query).scalar_one()
        return count


def as_party(row: Row[Any]) -> Party:
    """Return how the agency of *row* takes part."""
    return Party(row.agency_id, Stage(row.stage), row.may_refer, row.may_receive, row.trial_limit)


def as_deal(row: Row[Any], parties: Iterable[Row[Any]]) -> Deal:
    """Return the agreement of *row* with its parties."""
    return Deal(
        id=row.id,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        categories=frozenset(row.categories),
        parties=tuple(as_party(party) for party in parties),
        purposes=frozenset(row.purposes),
    )


def _deals(rows: Iterable[Row[Any]]) -> tuple[Deal, ...]:
    found: dict[UUID, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(row)
    return tuple(as_deal(parties[0], parties) for parties in found.values())
