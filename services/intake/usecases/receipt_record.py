"""A receipt in the shape of ISO/IEC TS 27560:2023, by the W3C DPV guide to its fields.

The names of fields are the standard's; states and bases are DPV terms. Nothing in it
names the person: the principal is an id that means nothing outside this hub.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from shared.codes import codes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.intake.usecases.consent_views import LedgerEvent, LedgerGrant
    from services.intake.usecases.receipts import Party, Receipt

PROFILE = "https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr"
STATES = {
    "unknown": "dpv:ConsentUnknown",
    "requested": "dpv:ConsentRequested",
    "deferred": "dpv:ConsentRequestDeferred",
    "refused": "dpv:ConsentRefused",
    "given": "dpv:ConsentGiven",
    "renewed": "dpv:RenewedConsentGiven",
    "withdrawn": "dpv:ConsentWithdrawn",
    "revoked": "dpv:ConsentRevoked",
    "expired": "dpv:ConsentExpired",
    "invalidated": "dpv:ConsentInvalidated",
    "superseded": "onward:ConsentSuperseded",
}
SPECIAL = frozenset({"health", "risk"})
KEPT = "until the consent ends, then as the hub's retention schedule says"
RIGHTS = ("access", "rectification", "erasure", "restriction", "portability", "complaint to ICO")
WITHDRAWAL = "At /my with reference and return code, or by phone to any agency named; no reason"


def record_of(receipt: Receipt) -> dict[str, Any]:
    """Return the receipt as JSON values."""
    entry = receipt.entry
    return {
        "@context": "https://w3id.org/dpv/schema/dpv-27560",
        "dct:conformsTo": PROFILE,
        "schema_version": "ISO/IEC TS 27560:2023",
        "record_id": str(entry.id),
        "receipt_id": str(receipt.id),
        "pii_principal_id": str(receipt.person_id),
        "reference": receipt.reference,
        "consent_type": "ExplicitlyExpressedConsent",
        "pii_processing": [_processing(receipt, purpose) for purpose in _purposes(receipt)],
        "party_identification": [_party(party) for party in _named(receipt)],
        "events": [_event(event, receipt) for event in entry.events],
    }


def _purposes(receipt: Receipt) -> list[tuple[str, list[LedgerGrant]]]:
    order = attrgetter("purpose")
    grants = sorted(receipt.entry.grants, key=order)
    return [(purpose, list(found)) for purpose, found in groupby(grants, key=order)]


def _processing(receipt: Receipt, purpose: tuple[str, list[LedgerGrant]]) -> dict[str, Any]:
    entry, (code, grants) = receipt.entry, purpose
    return {
        "privacy_notice": entry.notice_id,
        "privacy_notice_sha256": receipt.notice_sha256,
        "consent_wording_sha256": receipt.wording,
        "language": entry.language,
        "purpose": codes("purposes")[code].en,
        "purpose_type": code,
        "lawful_basis": _basis(grants),
        "pii_information": _information(grants),
        "pii_controllers": [str(party) for party in dict.fromkeys(g.recipient for g in grants)],
        "collection_method": entry.method,
        "processing_method": "disclosed by the hub's gate, each access recorded",
        "storage_locations": ["United Kingdom"],
        "retention_period": KEPT,
        "processing_locations": ["United Kingdom"],
        "geographic_restrictions": ["United Kingdom"],
        "jurisdiction": "GB",
        "recipient_third_parties": [],
        "withdrawal_method": WITHDRAWAL,
        "privacy_rights": list(RIGHTS),
        "authority_party": "Information Commissioner's Office",
        "given_by": entry.given_by,
        "capacity_basis": entry.capable_by,
        "witnessed": receipt.witnessed,
    }


def _basis(grants: Iterable[LedgerGrant]) -> list[str]:
    special = any(grant.category in SPECIAL for grant in grants)
    return ["eu-gdpr:A6-1-a", *(["eu-gdpr:A9-2-a"] if special else [])]


def _information(grants: Iterable[LedgerGrant]) -> list[dict[str, Any]]:
    return [
        {
            "pii_type": codes("categories")[grant.category].en,
            "pii_attribute_id": grant.category,
            "pii_optional": True,
            "special_pii_category": grant.category in SPECIAL,
            "recipient": str(grant.recipient),
            "grant_id": str(grant.id) if grant.id else None,
            "decision": grant.decision,
            "ended_at": _moment(grant.ended_at),
        }
        for grant in grants
    ]


def _named(receipt: Receipt) -> list[Party]:
    named = {party.id: party for party in (receipt.hub, *receipt.parties.values()) if party}
    return list(named.values())


def _party(party: Party) -> dict[str, Any]:
    return {
        "party_id": str(party.id),
        "party_name": party.name,
        "party_address": None,
        "party_contact": party.phone,
        "party_phone": party.phone,
        "party_type": party.kind,
        "party_role": "controller",
    }


def _event(event: LedgerEvent, receipt: Receipt) -> dict[str, Any]:
    until = event.valid_until or receipt.entry.valid_until
    return {
        "event_time": _moment(event.at),
        "validity_duration": _moment(until),
        "entity_id": event.by,
        "event_type": event.change,
        "event_state": STATES[event.state],
        "method": event.method,
        "reason": event.reason,
    }


def _moment(at: datetime | date | None) -> str | None:
    if at is None:
        return None
    moment = at if isinstance(at, datetime) else datetime.combine(at, time(), UTC)
    return moment.astimezone(UTC).isoformat()
