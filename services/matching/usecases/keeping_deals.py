"""Keeping agreements between agencies: their terms, and the stage each agency has reached.

Promise: every change is a new version and is told; keeping the same twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from services.matching.domain.deals import NEXT, PURPOSES, Party, Stage
from services.matching.errors import DealNotFoundError, DealRefusedError
from services.matching.messages import AgreementChanged, AgreementParty
from services.matching.storage.deals import OPEN, as_party
from shared.codes import codes
from shared.errors import ConflictError, Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction

LONGEST_NAME = 200
CHANGED = "Somebody else has changed this in the meantime. Look again, then decide."


@dataclass(frozen=True, slots=True)
class Terms:
    """What an agreement says, beside who takes part."""

    name: str
    starts_on: date
    ends_on: date | None
    categories: tuple[str, ...]
    purposes: tuple[str, ...] = PURPOSES


def make_deal(
    terms: Terms, parties: Iterable[Party], tx: MatchingTransaction, deal_id: UUID | None = None
) -> UUID:
    """Write a new agreement between *parties*, and return its id."""
    sides = list(parties)
    faults = [*_term_faults(terms), *_party_faults(sides, tx)]
    _refuse(faults)
    new_id = deal_id or tx.new_id()
    tx.keep_deal(new_id, 1, _columns(terms))
    for party in sides:
        tx.keep_party(new_id, party)
    # What a partnership's file says has long been agreed: nobody decided it just now.
    _tell(new_id, tx, moved=() if deal_id else tuple(side.agency_id for side in sides))
    return new_id


def change_deal(deal_id: UUID, version: int | None, terms: Terms, tx: MatchingTransaction) -> None:
    """Change what an agreement says."""
    row = _seen(deal_id, version, tx)
    _refuse(_term_faults(terms))
    values = _columns(terms)
    if any(getattr(row, name) != values[name] for name in values):
        tx.keep_deal(deal_id, row.version + 1, values)
        _tell(deal_id, tx)


def admit(deal_id: UUID, version: int | None, party: Party, tx: MatchingTransaction) -> None:
    """Bring an agency to a stage of an agreement, or let it join."""
    row = _seen(deal_id, version, tx)
    known = {side.agency_id: as_party(side) for side in tx.parties_of([deal_id])[deal_id]}
    before = known.get(party.agency_id)
    _refuse(_stage_faults(before, party, tx))
    if before == party:
        return
    tx.keep_deal(deal_id, row.version + 1, {})
    tx.keep_party(deal_id, party)
    moves = before is None or before.stage != party.stage
    _tell(deal_id, tx, moved=(party.agency_id,) if moves else ())


def publish_deals(data: Mapping[str, Any], tx: MatchingTransaction) -> None:
    """Take a partnership's rule and agreements as read; what is known stays as it was kept."""
    rule = data["rule"]
    if tx.agreements_required() != (rule != OPEN):
        tx.require_agreements(rule)
        for row in tx.deal_rows():
            tx.keep_deal(row.id, row.version + 1, {})
            _tell(row.id, tx)
    for told in data["agreements"]:
        if tx.deal_row(told["id"]) is None:
            terms = Terms(**{field.name: told[field.name] for field in fields(Terms)})
            make_deal(terms, (Party(**party) for party in told["parties"]), tx, told["id"])


def told_of(row: Row[Any], tx: MatchingTransaction) -> AgreementChanged:
    """Return what the other services are told of an agreement."""
    sides = [as_party(side) for side in tx.parties_of([row.id])[row.id]]
    ordered = sorted(sides, key=lambda side: side.agency_id)
    return AgreementChanged(
        agreement_id=row.id,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        categories=tuple(row.categories),
        purposes=tuple(row.purposes),
        parties=tuple(
            AgreementParty(p.agency_id, p.stage, p.may_refer, p.may_receive) for p in ordered
        ),
        required=tx.agreements_required(),
    )


def restate_deals(tx: MatchingTransaction, after: UUID | None, limit: int) -> UUID | None:
    """Tell the next agreements again."""
    rows = tx.deals_after(after, limit)
    for row in rows:
        tx.restate(told_of(row, tx), sequence=row.version, since=row.changed_at)
    return rows[-1].id if rows else None


def _tell(deal_id: UUID, tx: MatchingTransaction, moved: tuple[UUID, ...] = ()) -> None:
    row = tx.deal_row(deal_id)
    if row is not None:
        tx.announce(replace(told_of(row, tx), moved=moved), sequence=row.version)


def _seen(deal_id: UUID, version: int | None, tx: MatchingTransaction) -> Row[Any]:
    row = tx.deal_row(deal_id)
    if row is None:
        raise DealNotFoundError
    if version != row.version:
        raise ConflictError(CHANGED)
    return row


def _columns(terms: Terms) -> dict[str, Any]:
    return {
        "name": terms.name.strip(),
        "starts_on": terms.starts_on,
        "ends_on": terms.ends_on,
        "categories": list(terms.categories),
        "purposes": list(terms.purposes),
    }


def _term_faults(terms: Terms) -> list[Fault]:
    found = []
    if not terms.name.strip():
        found.append(Fault("/name", "Give the agreement a name."))
    if len(terms.name) > LONGEST_NAME:
        found.append(Fault("/name", f"Write at most {LONGEST_NAME} characters."))
    if terms.ends_on is not None and terms.ends_on < terms.starts_on:
        found.append(Fault("/ends_on", "The end lies before the beginning."))
    if not terms.categories:
        found.append(Fault("/categories", "Choose at least one kind of information."))
    if not terms.purposes or not set(terms.purposes) <= set(PURPOSES):
        found.append(Fault("/purposes", "Choose what it is for."))
    if any(category not in codes("categories") for category in terms.categories):
        found.append(Fault("/categories", "This category is not on the list."))
    return found


def _party_faults(parties: list[Party], tx: MatchingTransaction) -> list[Fault]:
    ids = [party.agency_id for party in parties]
    if len(set(ids)) < 2:  # noqa: PLR2004 - it takes two
        return [Fault("/parties", "An agreement is between at least two agencies.")]
    names = tx.agency_names()
    unknown = any(agency_id not in names for agency_id in ids)
    return [Fault("/parties", "This is no agency of the partnership.")] if unknown else []


def _stage_faults(before: Party | None, after: Party, tx: MatchingTransaction) -> list[Fault]:
    if before is None:
        return _joining_faults(after, tx)
    moves = after.stage != before.stage
    if moves and after.stage not in NEXT[before.stage]:
        return [Fault("/stage", "An agency cannot go there from the stage it is at.")]
    return _limit_faults(after)


def _joining_faults(after: Party, tx: MatchingTransaction) -> list[Fault]:
    if after.agency_id not in tx.agency_names():
        return [Fault("/agency_id", "This is no agency of the partnership.")]
    if after.stage is not Stage.INVITED:
        return [Fault("/stage", "An agency is invited first.")]
    return _limit_faults(after)


def _limit_faults(after: Party) -> list[Fault]:
    if after.trial_limit is not None and after.trial_limit < 1:
        return [Fault("/trial_limit", "Enter how many referrals may be open, at least 1.")]
    return []


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise DealRefusedError("Something needs to be put right; see errors.", faults)
