"""Intake's own copy of the agreements between agencies, kept by what matching tells.

Promise: each version of one is taken apart once, however many requests are held to it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import JSON, Boolean, Column, Date, Integer, Table, Uuid, select

from services.intake.domain.agreements import Agreement, Party
from services.intake.domain.consent import REFER
from services.intake.storage.tables import metadata

if TYPE_CHECKING:
    from sqlalchemy import Row

    from services.intake.heard_of_agreements import AgreementChanged
    from services.intake.storage import IntakeTransaction

agreement_copy = Table(
    "agreement_copy",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date),
    Column("categories", JSON, nullable=False),
    Column("parties", JSON, nullable=False),
    Column("required", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)
_ALL = select(agreement_copy)
_VERSIONS = select(agreement_copy.c.id, agreement_copy.c.version, agreement_copy.c.required)


def keep_agreement(event: AgreementChanged, tx: IntakeTransaction) -> None:
    """Keep what was told of an agreement; one that is not for referrals covers nobody."""
    sides = event.parties if REFER in event.purposes else ()
    parties = [{**asdict(one), "agency_id": str(one.agency_id)} for one in sides]
    tx.keep_newest(
        agreement_copy,
        version=tx.told_version,
        id=event.agreement_id,
        starts_on=event.starts_on,
        ends_on=event.ends_on,
        categories=list(event.categories),
        parties=parties,
        required=event.required,
    )


def agreements_of(agency_id: UUID, tx: IntakeTransaction) -> tuple[list[Agreement], bool]:
    """Return the agreements an agency takes part in, and whether the partnership asks for one."""
    rows = tx.ask(_VERSIONS)
    known = tx.remembered.agreements
    if unread := [row.id for row in rows if (row.id, row.version) not in known]:
        for row in tx.all(_ALL.where(agreement_copy.c.id.in_(unread))):
            known[row.id, row.version] = _agreement(row)
    mine = [known[row.id, row.version] for row in rows]
    return [one for one in mine if one.party(agency_id)], any(row.required for row in rows)


def _agreement(row: Row[Any]) -> Agreement:
    parties = (Party(**{**one, "agency_id": UUID(one["agency_id"])}) for one in row.parties)
    return Agreement(row.starts_on, row.ends_on, frozenset(row.categories), tuple(parties))
