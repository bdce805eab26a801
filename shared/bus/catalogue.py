"""Every type on the bus: who may announce it, and what of it the audit log may keep.

The leaf fields are an allow-list: what is not named here never enters the log. A contract test
holds this table, the announcers' classes and the golden examples to each other.
"""

from __future__ import annotations

from dataclasses import dataclass

SUCCESS, REFUSED, FAILED = 0, 4, 8
CREATE, READ, UPDATE, DELETE, EXECUTE = "C", "R", "U", "D", "E"
ALL_SERVICES = ("intake", "matching", "notify", "audit", "identity")


@dataclass(frozen=True, slots=True)
class Entry:
    """One type: announcers, FHIR AuditEvent action and outcome, and the allowed leaf fields."""

    announcers: tuple[str, ...]
    action: str
    object_type: str
    leaf: tuple[str, ...]
    outcome: int = SUCCESS
    replayable: bool = True


PARTIES = ("request_id", "referral_id", "consent_id")
REFERRAL = ("request_id", "referral_id", "service_id", "agency_id")
NOTIFICATION = (
    "delivery_id",
    "request_id",
    "referral_id",
    "audience",
    "template",
    "recipient_agency_id",
)


def _intake(action: str, kind: str, *leaf: str, replayable: bool = True) -> Entry:
    return Entry(("intake",), action, kind, leaf, replayable=replayable)


def _matching(action: str, kind: str, *leaf: str) -> Entry:
    return Entry(("matching",), action, kind, leaf)


def _notify(*leaf: str, outcome: int = SUCCESS, action: str = EXECUTE) -> Entry:
    return Entry(("notify",), action, "delivery", leaf, outcome)


def _identity(action: str, kind: str, *leaf: str, outcome: int = SUCCESS) -> Entry:
    return Entry(("identity",), action, kind, leaf, outcome)


CATALOGUE: dict[str, Entry] = {
    "access.granted.v1": Entry(
        ALL_SERVICES,
        READ,
        "record",
        ("object_type", "object_id", "what", "purpose", *PARTIES, "recipient_agency_id"),
    ),
    "access.denied.v1": Entry(
        ALL_SERVICES,
        READ,
        "record",
        (
            "object_type",
            "object_id",
            "reason",
            "purpose",
            "request_id",
            "referral_id",
            "recipient_agency_id",
        ),
        outcome=REFUSED,
    ),
    "agency.changed.v1": _matching(UPDATE, "agency", "agency_id", "kind", "active"),
    "capacity.changed.v1": _matching(
        UPDATE, "service", "service_id", "agency_id", "places", "takes_waiting_list", "as_of"
    ),
    "client.registered.v1": _identity(CREATE, "client", "client_id", "agency_id", "scopes"),
    "client.revoked.v1": _identity(DELETE, "client", "client_id", "agency_id"),
    "consent.given.v1": _intake(
        CREATE,
        "consent",
        "consent_id",
        "request_id",
        "notice_id",
        "language",
        "method",
        "given_by",
        "valid_until",
        "grants",
    ),
    "contact.released.v1": _intake(
        READ,
        "contact",
        "contact_request_id",
        "request_id",
        "channel",
        "consent_id",
        replayable=False,
    ),
    "contact.requested.v1": _notify(
        "contact_request_id", "request_id", "delivery_id", "template", action=READ
    ),
    "contact.withheld.v1": Entry(
        ("intake",), READ, "contact", ("contact_request_id", "request_id", "reason"), REFUSED
    ),
    "match.failed.v1": Entry(
        ("matching",),
        EXECUTE,
        "request",
        ("request_id", "service_id", "needs", "area_codes", "reasons"),
        REFUSED,
    ),
    "notification.failed.v1": _notify(*NOTIFICATION, "channel", "reason", outcome=FAILED),
    "notification.queued.v1": _notify(*NOTIFICATION, action=CREATE),
    "notification.sent.v1": _notify(*NOTIFICATION, "channel"),
    "notification.suppressed.v1": _notify(*NOTIFICATION, "reason", outcome=REFUSED),
    "referral.accepted.v1": _matching(UPDATE, "referral", *REFERRAL, "forecast_start"),
    "referral.declined.v1": _matching(UPDATE, "referral", *REFERRAL, "reason", "alternatives"),
    "referral.opened.v1": _matching(UPDATE, "referral", *REFERRAL),
    "referral.proposed.v1": _matching(
        CREATE,
        "referral",
        *REFERRAL,
        "consent_id",
        "consent_needed",
        "rules_version",
        "geography_version",
    ),
    "referral.sent.v1": _matching(
        UPDATE, "referral", *REFERRAL, "consent_id", "urgency", "enquiry", "answer_by"
    ),
    "request.submitted.v1": _intake(
        CREATE,
        "request",
        "request_id",
        "consent_id",
        "needs",
        "urgency",
        "threshold",
        "source",
        "referrer_agency_id",
        "services",
        "agreed_by_phone",
    ),
    "service.published.v1": _matching(UPDATE, "service", "service_id", "agency_id", "status"),
    "session.ended.v1": _identity(
        EXECUTE, "session", "session_id", "staff_id", "agency_id", "reason"
    ),
    "session.refused.v1": _identity(
        EXECUTE, "session", "staff_id", "agency_id", "reason", outcome=REFUSED
    ),
    "session.started.v1": _identity(EXECUTE, "session", "session_id", "staff_id", "agency_id"),
    "staff.changed.v1": _identity(UPDATE, "staff", "staff_id", "agency_id", "roles", "active"),
}
