"""How a referral was chosen, and the way it is part of, for partners' systems.

Promise: a caller is told no more than the pages tell a worker of its agency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from marshmallow import Schema, fields

from services.matching.domain.plain import stage_of
from services.matching.errors import ReferralNotFoundError
from services.matching.http.entry_shapes import reading
from services.matching.http.referrals_api import bp
from services.matching.http.schemas import CriterionShape
from services.matching.usecases import keeps_content
from services.matching.usecases.explaining import narrowed, told
from services.matching.usecases.following import way_of
from services.matching.usecases.replaying import candidates_of, replay
from shared.web import current_store
from shared.web.access import client, principal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.domain.choice import Candidate
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral
    from services.matching.usecases.following import Link


class CandidateShape(Schema):
    """One service that decided a choice, as it was held then."""

    service = fields.UUID()
    chosen = fields.Boolean()
    result = fields.String()
    way = fields.String(allow_none=True)
    refusal = fields.String(allow_none=True)
    criteria = fields.List(fields.Nested(CriterionShape))


class DecisionShape(Schema):
    """A choice made again; `differs` names what is not as it was, `same` is null if it is gone."""

    at = fields.String(allow_none=True)
    same = fields.Boolean(allow_none=True)
    differs = fields.List(fields.String())
    rules_version = fields.String()
    geography_version = fields.String()
    services = fields.List(fields.Nested(CandidateShape))


class LinkShape(Schema):
    """Another referral of the way; without an id, one that the caller is no side of."""

    direction = fields.String()
    since = fields.AwareDateTime()
    stage = fields.String(allow_none=True)
    referral_id = fields.UUID(allow_none=True)


class WayShape(Schema):
    """The way before a referral and after it."""

    items = fields.List(fields.Nested(LinkShape))


@bp.get("/<uuid:referral_id>/decision")
@bp.response(200, DecisionShape)
@client("referral.read")
def show_decision(referral_id: UUID) -> dict[str, Any]:
    """Show each service that decided a choice, and whether it follows again from its versions."""
    with current_store().read(principal()) as tx:
        row = _seen(referral_id, tx)
        if not keeps_content(row, principal(), tx):
            raise ReferralNotFoundError
        again, frozen = replay(row.id, tx), row.decision or None
        found = _seen_by_caller(candidates_of(row, tx), row, tx)
        return {
            "at": frozen["at"] if frozen else None,
            "same": again.same if again else None,
            "differs": again.differs if again else (),
            "rules_version": row.rules_version,
            "geography_version": row.geography_version,
            "services": [_candidate(one, row) for one in found],
        }


@bp.get("/<uuid:referral_id>/way")
@bp.response(200, WayShape)
@client("referral.read")
def show_way(referral_id: UUID) -> dict[str, Any]:
    """Show what a referral goes on from and what goes on from it, as far as one may see."""
    with current_store().read(principal()) as tx:
        row = _seen(referral_id, tx)
        return {"items": [_link(link) for link in way_of(row, principal(), tx)]}


def _seen(referral_id: UUID, tx: MatchingTransaction) -> Referral:
    row = tx.referral(referral_id, principal())
    if row is None:
        raise ReferralNotFoundError
    return row


def _seen_by_caller(
    found: Sequence[Candidate], row: Referral, tx: MatchingTransaction
) -> list[Candidate]:
    """Return what the caller finds: its own services, or as a referrer what the guide shows."""
    if row.agency_id == principal().agency_id:
        return [one for one in found if one.entry.agency_id == row.agency_id]
    reader, shown = reading(tx), tx.shown_these(one.entry.service_id for one in found)
    return [
        one
        for one in found
        if one.entry.service_id == row.service_id or reader.finds(shown.get(one.entry.service_id))
    ]


def _candidate(one: Candidate, row: Referral) -> dict[str, Any]:
    return {
        "service": one.entry.service_id,
        "chosen": one.entry.service_id == row.service_id,
        "result": one.result,
        "way": one.way,
        "refusal": one.refusal,
        "criteria": [
            {**said, "fact": narrowed(said, row.needs)} for said in map(told, one.findings)
        ],
    }


def _link(link: Link) -> dict[str, Any]:
    row, shown = link.row, link.ours or not link.before
    return {
        "direction": "before" if link.before else "after",
        "since": link.since,
        "stage": stage_of(row) if row is not None and shown else None,
        "referral_id": row.id if row is not None and link.ours else None,
    }
