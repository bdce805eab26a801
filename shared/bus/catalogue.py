"""Every type on the bus: who may announce it, and what of it the audit log may keep.

The leaf fields are an allow-list: what is not named here never enters the log. A contract test
holds this table, the announcers' classes and the golden examples to each other.
"""

from __future__ import annotations

from shared.bus.catalogue_entry import (
    CREATE,
    DELETE,
    EXECUTE,
    FAILED,
    READ,
    REFUSED,
    UPDATE,
    Entry,
    by_identity,
    by_intake,
    by_matching,
    by_notify,
    of_clock,
)

ALL_SERVICES = ("intake", "matching", "notify", "audit", "identity")
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
CONSENT_ENDED = ("consent_id", "request_id", "ended")


CATALOGUE: dict[str, Entry] = {
    "access.granted.v1": Entry(
        ALL_SERVICES,
        READ,
        "record",
        (
            "object_type",
            "object_id",
            "what",
            "purpose",
            *PARTIES,
            "recipient_agency_id",
            "override_id",
        ),
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
    "agency.changed.v1": by_matching(UPDATE, "agency", "agency_id", "kind", "active"),
    "agreement.changed.v1": by_matching(
        UPDATE,
        "agreement",
        "agreement_id",
        "starts_on",
        "ends_on",
        "categories",
        "purposes",
        "parties",
        "required",
    ),
    "capacity.changed.v1": by_matching(
        UPDATE, "service", "service_id", "agency_id", "places", "takes_waiting_list", "as_of"
    ),
    "case.listed.v1": by_matching(
        CREATE,
        "case",
        "case_id",
        "panel_id",
        "agreement_id",
        "request_id",
        "consent_id",
        "reasons",
        "meets_on",
    ),
    "case.reviewed.v1": by_matching(
        UPDATE,
        "case",
        "case_id",
        "panel_id",
        "agreement_id",
        "request_id",
        "decision",
        "agencies",
        "actions",
    ),
    "client.registered.v1": by_identity(CREATE, "client", "client_id", "agency_id", "scopes"),
    "client.revoked.v1": by_identity(DELETE, "client", "client_id", "agency_id"),
    "clock.overdue.v1": of_clock("rung"),
    "clock.warned.v1": of_clock(),
    "consent.deferred.v1": by_intake(UPDATE, "consent", "consent_id", "request_id"),
    "consent.expired.v1": by_intake(UPDATE, "consent", *CONSENT_ENDED),
    "consent.given.v1": by_intake(
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
    "consent.invalidated.v1": by_intake(UPDATE, "consent", *CONSENT_ENDED, "reason"),
    "consent.refused.v1": by_intake(CREATE, "consent", "consent_id", "request_id", "recipients"),
    "consent.renewed.v1": by_intake(UPDATE, "consent", "consent_id", "request_id", "valid_until"),
    "consent.requested.v1": by_intake(
        CREATE,
        "consent",
        "consent_id",
        "request_id",
        "referral_id",
        "notice_id",
        "language",
        "recipients",
    ),
    "consent.revoked.v1": by_intake(UPDATE, "consent", *CONSENT_ENDED, "reason"),
    "consent.superseded.v1": by_intake(UPDATE, "consent", *CONSENT_ENDED, "by_consent_id"),
    "consent.withdrawn.v1": by_intake(UPDATE, "consent", *CONSENT_ENDED, "method", "reason"),
    "contact.changed.v1": by_intake(UPDATE, "contact", "request_id", "kinds"),
    "contact.released.v1": by_intake(
        READ,
        "contact",
        "contact_request_id",
        "request_id",
        "channel",
        "consent_id",
        replayable=False,
    ),
    "contact.requested.v1": by_notify(
        "contact_request_id", "request_id", "delivery_id", "template", "referral_id", action=READ
    ),
    "contact.withheld.v1": Entry(
        ("intake",), READ, "contact", ("contact_request_id", "request_id", "reason"), REFUSED
    ),
    "lead.closed.v1": by_intake(UPDATE, "lead", "lead_id", "why", "request_id"),
    "lead.imported.v1": by_intake(
        CREATE, "job", "job_id", "source", "kept", "refused", "agency_id", "delete_by"
    ),
    "lead.visited.v1": by_intake(UPDATE, "lead", "lead_id", "result", "agency_id"),
    "match.failed.v1": Entry(
        ("matching",),
        EXECUTE,
        "request",
        ("request_id", "service_id", "needs", "area_codes", "reasons"),
        REFUSED,
    ),
    "notification.failed.v1": by_notify(*NOTIFICATION, "channel", "reason", outcome=FAILED),
    "notification.queued.v1": by_notify(*NOTIFICATION, action=CREATE),
    "notification.sent.v1": by_notify(*NOTIFICATION, "channel"),
    "notification.suppressed.v1": by_notify(*NOTIFICATION, "reason", outcome=REFUSED),
    "override.recorded.v1": by_intake(
        CREATE,
        "override",
        "override_id",
        "request_id",
        "ground",
        "grants",
        "person_told",
        "why_not_told",
        "review_by",
    ),
    "override.reviewed.v1": by_intake(UPDATE, "override", "override_id", "request_id", "decision"),
    "note.written.v1": by_matching(
        CREATE, "note", *REFERRAL[:3], "note_id", "by_agency_id", "to_agency_id"
    ),
    "referral.accepted.v1": by_matching(UPDATE, "referral", *REFERRAL, "forecast_start"),
    "referral.declined.v1": by_matching(UPDATE, "referral", *REFERRAL, "reason", "alternatives"),
    "referral.opened.v1": by_matching(UPDATE, "referral", *REFERRAL),
    "referral.proposed.v1": by_matching(
        CREATE,
        "referral",
        *REFERRAL,
        "consent_id",
        "consent_needed",
        "rules_version",
        "geography_version",
    ),
    "referral.sent.v1": by_matching(
        UPDATE, "referral", *REFERRAL, "consent_id", "urgency", "enquiry", "answer_by"
    ),
    "referral.completed.v1": by_matching(UPDATE, "referral", *REFERRAL),
    "referral.contacted.v1": by_matching(UPDATE, "referral", *REFERRAL, "code", "on", "first"),
    "referral.held.v1": by_matching(UPDATE, "referral", *REFERRAL, "reason", "review_on"),
    "referral.outcome_recorded.v1": by_matching(UPDATE, "referral", *REFERRAL),
    "referral.reassigned.v1": by_matching(UPDATE, "referral", *REFERRAL, "staff_id"),
    "referral.redirected.v1": by_matching(UPDATE, "referral", *REFERRAL, "alternatives"),
    "referral.reopened.v1": by_matching(UPDATE, "referral", *REFERRAL, "reopens", "reason"),
    "referral.returned.v1": by_matching(
        UPDATE, "referral", *REFERRAL, "result", "alternatives", "re_refer_on"
    ),
    "referral.reviewed.v1": by_matching(UPDATE, "referral", *REFERRAL, "result", "until"),
    "referral.started.v1": by_matching(UPDATE, "referral", *REFERRAL, "started_on"),
    "referral.waiting.v1": by_matching(
        UPDATE, "referral", *REFERRAL, "expected_start", "review_by", "occasional_support"
    ),
    "referral.acknowledged.v1": by_matching(UPDATE, "referral", *REFERRAL, "basis"),
    "referral.cancel_refused.v1": by_matching(UPDATE, "referral", *REFERRAL, "reason"),
    "referral.cancel_requested.v1": by_matching(UPDATE, "referral", *REFERRAL, "reason"),
    "referral.cancelled.v1": by_matching(UPDATE, "referral", *REFERRAL, "reason"),
    "referral.halted.v1": by_matching(UPDATE, "referral", *REFERRAL, "reason", "answer_by"),
    "referral.information_given.v1": by_matching(UPDATE, "referral", *REFERRAL),
    "referral.information_requested.v1": by_matching(UPDATE, "referral", *REFERRAL, "answer_by"),
    "referral.resumed.v1": by_matching(UPDATE, "referral", *REFERRAL, "state"),
    "referral.voided.v1": by_matching(UPDATE, "referral", *REFERRAL, "reason"),
    "referral.withdrawn.v1": by_matching(UPDATE, "referral", *REFERRAL, "reason"),
    "request.amended.v1": by_intake(
        UPDATE, "request", "request_id", "changed", "needs", "urgency", "threshold"
    ),
    "request.closed.v1": by_intake(UPDATE, "request", "request_id", "outcome"),
    "request.erased.v1": by_intake(DELETE, "request", "request_id", "basis", "approver"),
    "request.feedback_given.v1": by_intake(CREATE, "request", "request_id", "got_help"),
    "request.flagged.v1": by_intake(
        CREATE, "request", "flag_id", "request_id", "reason", "duty_agency_id", "look_by"
    ),
    "request.names_settled.v1": by_intake(UPDATE, "request", "request_id"),
    "request.names_to_find.v1": by_intake(CREATE, "request", "request_id", "look_by"),
    "request.restricted.v1": by_intake(UPDATE, "request", "request_id", "restricted"),
    "request.shredded.v1": Entry(
        ("intake", "matching"), DELETE, "request", ("request_id", "service", "keys")
    ),
    "request.submitted.v1": by_intake(
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
    "request.voided.v1": by_intake(UPDATE, "request", "request_id", "reason"),
    "request.withdrawn.v1": by_intake(UPDATE, "request", "request_id", "reason"),
    "rota.changed.v1": by_intake(
        UPDATE, "rota", "agency_id", "change", "days", "starts", "ends", "rank"
    ),
    "service.published.v1": by_matching(UPDATE, "service", "service_id", "agency_id", "status"),
    "service.closed.v1": by_matching(
        UPDATE, "service", "service_id", "agency_id", "decided_at", "until", "status"
    ),
    "service.reopened.v1": by_matching(
        UPDATE, "service", "service_id", "agency_id", "reopened_at", "status"
    ),
    "service.reviewed.v1": by_matching(
        UPDATE, "service", "service_id", "agency_id", "reviewed_on", "status"
    ),
    "session.ended.v1": by_identity(
        EXECUTE, "session", "session_id", "staff_id", "agency_id", "reason"
    ),
    "session.refused.v1": by_identity(
        EXECUTE, "session", "staff_id", "agency_id", "reason", outcome=REFUSED
    ),
    "session.started.v1": by_identity(EXECUTE, "session", "session_id", "staff_id", "agency_id"),
    "staff.changed.v1": by_identity(
        UPDATE, "staff", "staff_id", "agency_id", "roles", "active", "teams"
    ),
}
