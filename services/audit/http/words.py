"""Entries in plain words, for people who have to answer for what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.codes import UnknownCodeError, label

WHAT = {
    "access.denied.v1": "Access was refused",
    "access.granted.v1": "Something recorded was read",
    "agency.changed.v1": "The details of an agency changed",
    "agreement.changed.v1": "An agreement between agencies changed",
    "capacity.changed.v1": "An agency told its places",
    "case.listed.v1": "A request was put on the agenda of a case review",
    "case.reviewed.v1": "A case review decided about a request",
    "client.registered.v1": "A system of an agency may sign in",
    "client.revoked.v1": "A system of an agency was shut out",
    "clock.overdue.v1": "Something is late",
    "clock.warned.v1": "Something will be late or over soon",
    "consent.deferred.v1": "A person said: not now",
    "consent.expired.v1": "An agreement reached its end",
    "consent.given.v1": "A person agreed to sharing",
    "consent.invalidated.v1": "An agreement was found never to have held",
    "consent.refused.v1": "A person said no to sharing",
    "consent.renewed.v1": "A person agreed anew",
    "consent.requested.v1": "A person was asked whether somebody may know",
    "consent.revoked.v1": "An agreement was taken back as a mistake",
    "consent.superseded.v1": "A newer answer took the place of an agreement",
    "consent.withdrawn.v1": "A person took back an agreement",
    "contact.changed.v1": "How a person may be reached changed",
    "contact.released.v1": "A safe way to reach the person was released",
    "contact.requested.v1": "A way to reach the person was asked for",
    "contact.withheld.v1": "A way to reach the person was withheld",
    "lead.closed.v1": "A visit to somebody is over",
    "lead.imported.v1": "A list of people to visit was taken in",
    "lead.visited.v1": "Somebody was visited",
    "log.epoch_started.v1": "A service began to count anew",
    "log.heartbeat.v1": "Nothing happened for ten minutes",
    "match.failed.v1": "No service could be asked",
    "note.written.v1": "One agency of a referral wrote to the other",
    "notification.failed.v1": "A message could not be sent",
    "notification.queued.v1": "A message was prepared",
    "notification.sent.v1": "A message was sent",
    "notification.suppressed.v1": "A message was not sent, to keep someone safe",
    "override.recorded.v1": "Something was shared without agreement, by law",
    "override.reviewed.v1": "A second person looked at such sharing",
    "referral.accepted.v1": "An agency said yes",
    "referral.acknowledged.v1": "An agency confirmed that it has stopped",
    "referral.cancel_refused.v1": "An agency goes on with a referral",
    "referral.cancel_requested.v1": "The referrer asked an agency to stop",
    "referral.cancelled.v1": "A referral was taken back",
    "referral.completed.v1": "An agency finished helping",
    "referral.contacted.v1": "An agency tried to reach or saw the person",
    "referral.declined.v1": "An agency said no",
    "referral.halted.v1": "A referral stopped: its agreement is lost",
    "referral.held.v1": "A referral rests for a while",
    "referral.information_given.v1": "A question about a referral was answered",
    "referral.information_requested.v1": "An agency asked a question",
    "referral.opened.v1": "An agency looked at a referral",
    "referral.outcome_recorded.v1": "What came of a referral was written down",
    "referral.proposed.v1": "A service was found to fit",
    "referral.reassigned.v1": "Another worker or team has a referral",
    "referral.redirected.v1": "An agency named a better service",
    "referral.reopened.v1": "A referral was taken up again",
    "referral.resumed.v1": "A referral goes on",
    "referral.returned.v1": "An agency gave a referral back",
    "referral.reviewed.v1": "A wait was reviewed and goes on",
    "referral.sent.v1": "A referral was sent to an agency",
    "referral.started.v1": "Support has started",
    "referral.voided.v1": "A referral was made by mistake",
    "referral.waiting.v1": "A person waits and is not supported yet",
    "referral.withdrawn.v1": "A referral ended",
    "request.amended.v1": "Something was put right in a request",
    "request.closed.v1": "A request was closed",
    "request.erased.v1": "The content of a request was erased",
    "request.feedback_given.v1": "A person said whether they got help",
    "request.flagged.v1": "Somebody may be in danger",
    "request.names_settled.v1": "A coordinator looked for everybody a person hides from",
    "request.names_to_find.v1": "A person hides from somebody who is not on file",
    "request.restricted.v1": "A request was restricted, or is no more",
    "request.shredded.v1": "A service destroyed its keys for a request",
    "request.submitted.v1": "Someone asked for help",
    "request.voided.v1": "A request was made by mistake",
    "request.withdrawn.v1": "A person withdrew a request",
    "service.closed.v1": "A service closed to new referrals",
    "rota.changed.v1": "The rota of who looks at danger was changed",
    "service.published.v1": "An entry of the guide changed",
    "service.reopened.v1": "A service takes referrals again",
    "service.reviewed.v1": "An agency checked its entry in the guide",
    "session.ended.v1": "A sign-in ended",
    "session.refused.v1": "A sign-in was refused",
    "session.started.v1": "Someone signed in",
    "staff.changed.v1": "A member of staff joined or changed",
}
READ = {
    "audit_log": "The audit log was read",
    "case": "A case was read at a review",
    "contact": "A way to reach the person was read",
    "draft": "A draft was read by a colleague of its author",
    "desk_line": "Words on the coordinator's desk were read",
    "notes": "Notes of a referral were read",
    "person": "The details of a person were read",
}
DAMAGED = "This entry cannot be read"
OUTCOMES = {0: ("Done", "neutral"), 4: ("Refused", "today"), 8: ("Failed", "urgent")}
ACTIONS = {"C": "Created", "R": "Read", "U": "Changed", "D": "Removed", "E": "Carried out"}
LISTS = {
    "needs": "needs",
    "urgency": "urgency",
    "source": "sources",
    "roles": "roles",
    "ground": "override_grounds",
}
_AGENCIES = frozenset({"agency_id", "recipient_agency_id", "referrer_agency_id", "recipient"})


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called."""

    staff: Mapping[str, str] = field(default_factory=dict)
    agencies: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)


def what(leaf: Mapping[str, Any]) -> str:
    """Say what happened."""
    kind = leaf["type"]
    if kind == "damaged":
        return DAMAGED
    read = READ.get(leaf.get("data", {}).get("object_type", ""))
    told = read if read and kind == "access.granted.v1" else WHAT.get(kind, kind)
    return f"Told again: {told}" if leaf.get("restates") else told


def kinds() -> list[tuple[str, str]]:
    """Return every type with its words, in the order of the words."""
    return sorted(WHAT.items(), key=lambda item: item[1])


def moment(text: str) -> str:
    """Write a moment of a leaf for people; the log's times are UTC."""
    return f"{datetime.fromisoformat(text):%-d %b %Y, %H:%M:%S}"


def who(leaf: Mapping[str, Any], names: Names) -> str:
    """Say who acted."""
    actor = leaf.get("actor", {})
    agency = names.agencies.get(actor.get("agency_id", ""), "")
    kinds = {
        "staff": names.staff.get(actor.get("id", ""), "A member of staff"),
        "person": "The person themselves",
        "client": "The system of a partner",
        "public": "A visitor",
        "system": f"Onward ({actor.get('id', 'itself')})",
    }
    told = kinds.get(actor.get("kind", ""), "Unknown")
    return f"{told}, {agency}" if agency else told


def about(leaf: Mapping[str, Any], names: Names) -> str:
    """Say which request, or else which thing, the entry is about."""
    request_id = leaf.get("request_id")
    if request_id:
        return names.references.get(request_id, f"request {request_id[-8:]}")
    told = leaf.get("object", {})
    known = {**names.staff, **names.agencies}.get(told.get("id", ""))
    return known or (told.get("type") or "thing").replace("_", " ")


def details(leaf: Mapping[str, Any], names: Names) -> list[dict[str, str]]:
    """Return what else the entry keeps, as rows of key and value."""
    since = leaf.get("restates")
    rows = {
        "Has been so since": moment(since) if since else None,
        "Purpose": leaf.get("purpose_of_use"),
        "Basis": leaf.get("basis"),
        "Reason": leaf.get("outcome_code"),
        "What was shown": leaf.get("fields_accessed"),
        "Told to": leaf.get("recipient_agency_id"),
        **{
            key.removesuffix("_id").replace("_", " ").capitalize(): _coded(key, value)
            for key, value in leaf.get("data", {}).items()
        },
    }
    told = [(key, value) for key, value in rows.items() if value is not None]
    return [{"key": key, "value": _plain(value, names)} for key, value in told]


def _coded(key: str, value: object) -> object:
    if key not in LISTS:
        return value
    codes = value if isinstance(value, list) else [value]
    return [_label(LISTS[key], str(code)) for code in codes]


def _label(name: str, code: str) -> str:
    try:
        return label(name, code)
    except UnknownCodeError:
        return code


def _plain(value: object, names: Names) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return "; ".join(_plain(item, names) for item in value) or "None"
    if isinstance(value, dict):
        told = (f"{key.replace('_', ' ')}: {_plain(item, names)}" for key, item in value.items())
        return ", ".join(told)
    text = str(value)
    return names.agencies.get(text) or names.staff.get(text) or text
