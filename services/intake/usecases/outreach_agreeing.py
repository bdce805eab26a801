"""A yes at the door: what the person tells, who may know it, and the request that it becomes.

Promise: everything is refused that was not said yes to; one request is made however often the
button is pressed; what the list had told goes when the request is made.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake import sealing
from services.intake.domain import leads as d
from services.intake.domain.consent import REFER
from services.intake.domain.consent_clocks import default_end
from services.intake.domain.dates import whole_years
from services.intake.domain.submission import (
    Address,
    Channel,
    Consent,
    Contact,
    Grant,
    Person,
    Submission,
)
from services.intake.errors import ListRefusedError
from services.intake.messages import LeadClosed
from services.intake.storage import leads
from services.intake.storage import outreach_tables as t
from services.intake.storage.flags import hub_id
from services.intake.usecases.finding import PARTNERS, fitting_services
from services.intake.usecases.informing import current_notice
from services.intake.usecases.outreach_ending import count
from services.intake.usecases.outreach_visiting import PURPOSE, lead_of
from services.intake.usecases.submitting import submit_request
from shared.bus.access import AccessGranted
from shared.geography import area_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction
    from services.intake.usecases.finding import FittingService

SOURCE, METHOD, RELATIONSHIP = "ASSISTED_OUTREACH", "in_person_verbal", "professional"
WHO, PLACE, STORY = "who", "place", "story"
CATEGORIES = {WHO: ("identity", "contact"), PLACE: ("address",), STORY: ("story",)}


@dataclass(frozen=True, slots=True)
class Offer:
    """An agency that could help, and the kinds of information it could be told."""

    agency_id: UUID
    agency: str
    services: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """What the person at the door is given to keep; told once, gone after ten minutes."""

    reference: str
    return_code: str


def keep_told(lead_id: UUID, told: dict[str, Any], tx: IntakeTransaction) -> None:
    """Keep what a person tells at the door, sealed, until the request is made."""
    row, key = _agreeing(lead_id, tx)
    place = (t.lead.name, "sealed_told", lead_id)
    sealed = sealing.seal(tx.vault, key, told, place)
    leads.change_lead(row.id, tx, sealed_told=sealed, token=secrets.token_urlsafe(16))


def told_at_door(lead_id: UUID, tx: IntakeTransaction) -> dict[str, Any]:
    """Return what was told at this door so far; at first what the list had told."""
    row, key = _agreeing(lead_id, tx)
    if row.sealed_told:
        place = (t.lead.name, "sealed_told", lead_id)
        told: dict[str, Any] = sealing.unseal(tx.vault, key, row.sealed_told, place)
        return told
    listed = sealing.unseal(tx.vault, key, row.sealed, (t.lead.name, "sealed", lead_id))
    keep = ("address", "postcode", "phone")
    found = {name: listed.get(name, "") for name in keep} if row.source == d.LIST else {}
    return {**found, "given_name": listed.get("name", "") if found else ""}


def read_at_door(lead_id: UUID, tx: IntakeTransaction) -> dict[str, Any]:
    """Return the same to be shown, after recording that it is read."""
    told = told_at_door(lead_id, tx)
    tx.announce(AccessGranted("lead", str(lead_id), ("lead",), PURPOSE))
    return told


def token_of(lead_id: UUID, tx: IntakeTransaction) -> str:
    """Return the token of the present answers: it makes one request."""
    return lead_of(lead_id, tx).token or ""


def offers(told: dict[str, Any], tx: IntakeTransaction) -> tuple[Offer, ...]:
    """Return who could help with what was told; where no service fits, the coordinator."""
    born = _born(told)
    area = area_of(told.get("postcode", ""))
    age = whole_years(born, tx.now.date()) if born else None
    codes = area.codes if area else ()
    found = fitting_services(told.get("needs", ()), codes, age, tx, PARTNERS)
    there = {WHO: True, PLACE: told.get("address"), STORY: told.get("story")}
    kinds = tuple(kind for kind, is_there in there.items() if is_there)
    unseen = frozenset(told.get("hidden", ()))
    seen = [service for service in found if str(service.agency_id) not in unseen]
    offered = tuple(Offer(*whom, services, kinds) for whom, services in _by_agency(seen))
    return offered or _hub(kinds, tx)


def send(
    lead_id: UUID, ticked: Collection[str], witness: str, token: str, tx: IntakeTransaction
) -> None:
    """Make the request, once; raise SubmissionRefusedError naming what must be put right."""
    row = lead_of(lead_id, tx)
    if row.state == d.BECAME:
        return
    told = told_at_door(lead_id, tx)
    if not row.token or token != row.token:
        raise ListRefusedError("The answers were changed in another window. Check them again")
    consent = _consent(offers(told, tx), ticked, witness, told["language"], tx)
    submitted = submit_request(_submission(told, consent), tx)
    count(d.BECAME_REQUEST, row.agency_id, tx)
    tx.announce(LeadClosed(lead_id, d.BECAME_REQUEST, submitted.id))
    _let_go(row, Sent(submitted.reference, submitted.return_code or ""), tx)


def sent_from(lead_id: UUID, tx: IntakeTransaction) -> Sent | None:
    """Return what to hand over at the door, for ten minutes, to those who were there."""
    row, key = lead_of(lead_id, tx), tx.key_of(lead_id)
    if row.state != d.BECAME or key is None or row.delete_by <= tx.now:
        return None
    place = (t.lead.name, "sealed_told", lead_id)
    kept = sealing.unseal(tx.vault, key, row.sealed_told, place)
    there = {str(row.worker_one), str(row.worker_two), kept.pop("by", None)}
    return Sent(**kept) if tx.actor.id in there else None


def _let_go(row: Row[Any], sent: Sent, tx: IntakeTransaction) -> None:
    """Keep of the lead only what its person must write down, for a moment."""
    leads.forget_leads(t.lead.c.id == row.id, tx)
    key = tx.add_key("lead", row.id)
    facts = {name: getattr(row, name) for name in ("id", "job_id", "agency_id", "source", "line")}
    pair = {"worker_one": row.worker_one, "worker_two": row.worker_two}
    kept = {"reference": sent.reference, "return_code": sent.return_code, "by": tx.actor.id}
    tx.insert(
        t.lead,
        **facts,
        **pair,
        state=d.BECAME,
        sealed_told=sealing.seal(tx.vault, key, kept, (t.lead.name, "sealed_told", row.id)),
        tries=row.tries,
        created_at=tx.now,
        delete_by=tx.now + d.KEPT_ONCE_SENT,
    )


def _agreeing(lead_id: UUID, tx: IntakeTransaction) -> tuple[Row[Any], bytes]:
    row, key = lead_of(lead_id, tx), tx.key_of(lead_id)
    if row.state != d.AGREEING or key is None:
        raise ListRefusedError("Say first that they agreed to ask for help")
    return row, key


def _by_agency(
    found: Sequence[FittingService],
) -> list[tuple[tuple[UUID, str], tuple[str, ...]]]:
    grouped = groupby(found, key=lambda service: (service.agency_id, service.agency))
    return [(whom, tuple(service.name for service in services)) for whom, services in grouped]


def _hub(kinds: tuple[str, ...], tx: IntakeTransaction) -> tuple[Offer, ...]:
    hub = hub_id(tx)
    row = tx.agency_row(hub) if hub else None
    return (Offer(row.id, row.name, (), kinds),) if row else ()


def _consent(
    offered: Sequence[Offer],
    ticked: Collection[str],
    witness: str,
    language: str,
    tx: IntakeTransaction,
) -> Consent:
    notice = current_notice(language, tx)
    return Consent(
        notice=notice.id,
        language=notice.language,
        method=METHOD,
        given_by="self",
        valid_until=default_end(tx.now.date()),
        grants=tuple(_grant(offer, ticked) for offer in offered),
        witness=witness,
    )


def _grant(offer: Offer, ticked: Collection[str]) -> Grant:
    given = [kind for kind in offer.kinds if f"{offer.agency_id}.{kind}" in ticked]
    categories = tuple(c for kind in given or offer.kinds for c in CATEGORIES[kind])
    return Grant(REFER, offer.agency_id, categories, "given" if given else "refused")


def _submission(told: dict[str, Any], consent: Consent) -> Submission:
    lines = tuple(line for line in (told["address"],) if line)
    home = Address(lines, told["postcode"] or None) if lines or told["postcode"] else None
    return Submission(
        person=Person(told["given_name"], told["family_name"], _born(told), home),
        contact=Contact(told["language"], None, tuple(_channels(told))),
        needs=tuple(told["needs"]),
        story=told["story"],
        source=SOURCE,
        relationship=RELATIONSHIP,
        consent=consent,
        hidden_from_agencies=tuple(UUID(agency) for agency in told.get("hidden", ())),
    )


def _channels(told: dict[str, Any]) -> list[Channel]:
    """Return the ways to reach the person; what was not said to be safe is not."""
    return [
        Channel(kind, told[kind], told[f"{kind}_safe"] or "unknown", told[f"{kind}_message"])
        for kind in ("phone", "email")
        if told[kind]
    ]


def _born(told: dict[str, Any]) -> date | None:
    return date.fromisoformat(told["born"]) if told.get("born") else None
