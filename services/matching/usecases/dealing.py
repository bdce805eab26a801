"""May this agency refer to that one: the guard G2, for whoever sends, proposes or shows it.

Promise: a person who asks for themselves is never held to an agreement, nor is an agency that
puts somebody to its own service.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.matching.domain.deals import Between, Rule, Stage, between
from services.matching.domain.plain_deals import WHY_NOT
from services.matching.errors import AgreementRefusedError
from services.matching.storage.guide import entry_of
from services.matching.working_days import calendar_for
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Row

    from services.matching.domain.choice import Entry
    from services.matching.domain.deals import Deal
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.guide_index import Option


def agreement_between(
    referrer: UUID | None,
    receiver: UUID,
    on: date,
    tx: MatchingTransaction,
    *,
    needed: Iterable[str] = (),
) -> Between:
    """Return the agreement under which *referrer* may refer to *receiver*, or the rule against it.

    *needed* are the categories the receiving service cannot do without.
    """
    if referrer is None or referrer == receiver:
        return Between()
    required, deals = tx.agreed_by(referrer)
    shared = [deal for deal in deals if deal.party(receiver)]
    if not shared:
        return Between(rule=Rule.MISSING if required else None)
    limited = any(_is_limited(deal, referrer) for deal in shared)
    open_now = tx.open_between(referrer, receiver) if limited else None
    return between(
        shared, (referrer, receiver), on, required=required, needed=needed, open_now=open_now
    )


def refused_by_agreement(
    referrer: UUID | None,
    receiver: UUID,
    tx: MatchingTransaction,
    needed: Iterable[str] = (),
) -> Rule | None:
    """Return the rule that keeps *referrer* from referring to *receiver* today, or None (G2)."""
    if referrer is None or referrer == receiver:
        return None
    today = calendar_for(tx.nation()).local_date(tx.now)
    return agreement_between(referrer, receiver, today, tx, needed=needed).rule


def hold_to_agreement(
    referrer: UUID | None,
    receiver: UUID,
    tx: MatchingTransaction,
    needed: Iterable[str] = (),
    pointer: str = "/service",
) -> None:
    """Refuse a command that no agreement allows, and name the rule (422)."""
    rule = refused_by_agreement(referrer, receiver, tx, needed)
    if rule is not None:
        detail = f"{WHY_NOT[rule]} ({rule})"
        raise AgreementRefusedError(detail, [Fault(pointer, detail)])


def under_agreements(
    referrer: UUID | None, options: list[Option], tx: MatchingTransaction
) -> list[Option]:
    """Return the services to choose from, those marked that no agreement lets be asked."""
    if referrer is None or not _is_bound(referrer, tx):
        return options
    asked = {(option.entry.agency_id, frozenset(option.categories)) for option in options}
    rules = {
        (agency, needed): refused_by_agreement(referrer, agency, tx, needed)
        for agency, needed in asked
    }
    return [
        _barred(option, rules[option.entry.agency_id, frozenset(option.categories)])
        for option in options
    ]


def _barred(option: Option, rule: Rule | None) -> Option:
    return replace(option, entry=replace(option.entry, barred=str(rule))) if rule else option


def held_to_agreements(entry: Entry, row: Row[Any], tx: MatchingTransaction) -> Entry:
    """Return a service as the caller's agency may ask it; nobody else is held to agreements."""
    referrer = tx.actor.agency_id
    if referrer is None or not _is_bound(referrer, tx):
        return entry
    rule = refused_by_agreement(referrer, row.agency_id, tx, entry_of(row.entry)["categories"])
    return replace(entry, barred=str(rule)) if rule else entry


def _is_bound(referrer: UUID, tx: MatchingTransaction) -> bool:
    required, deals = tx.agreed_by(referrer)
    return required or bool(deals)


def _is_limited(deal: Deal, referrer: UUID) -> bool:
    side = deal.party(referrer)
    return side is not None and side.stage is Stage.TRIAL and side.trial_limit is not None
