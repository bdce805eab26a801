"""One person's story, told once: typed values that a form or a partner's system fills in.

Promise: these hold what was said and nothing derived; whether it is acceptable is decided
by `consent.faults`, `dates.faults` and `contact.faults`, each naming the place of a fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Address:
    """Where someone lives; the postcode may be all that is known, or missing."""

    lines: tuple[str, ...] = ()
    postcode: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Who needs help."""

    given_name: str
    family_name: str = ""
    date_of_birth: date | None = None
    address: Address | None = None
    no_fixed_abode: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach the person: kind is email, phone, text or letter; safe yes, no, unknown."""

    kind: str
    value: str
    safe: str = "unknown"
    leave_message: bool = False
    name_to_ask_for: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """How to speak with the person; languages are codes."""

    language: str = "en"
    interpreter: str | None = None
    channels: tuple[Channel, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """What one named agency may be told and for what; refused unless the person said given."""

    purpose: str
    recipient: UUID
    categories: tuple[str, ...]
    decision: str = "refused"


@dataclass(frozen=True, slots=True)
class Consent:
    """What the person was told, how they answered, and until when it holds.

    `notice` is the id of a notice version; `method` is online_form, phone, in_person_verbal,
    paper, interpreter or bsl; `given_by` is self, parent_pr, lpa, deputy or court.
    """

    notice: str
    language: str
    method: str
    given_by: str
    valid_until: date
    grants: tuple[Grant, ...]
    witness: str | None = None


@dataclass(frozen=True, slots=True)
class Discussion:
    """A talk with the service beforehand; agreed means it already said yes."""

    name: str
    channel: str
    at: datetime
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class NamedService:
    """A service the referrer asks for by name, and why."""

    service: UUID
    why_this_service: str = ""
    how_eligible: str = ""
    discussed_with: Discussion | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """Everything told once; codes come from the closed lists of shared.codes."""

    person: Person
    contact: Contact
    needs: tuple[str, ...]
    story: str
    source: str
    relationship: str
    consent: Consent
    urgency: str = "routine"
    threshold: int | None = None
    referrals: tuple[NamedService, ...] = ()
    access_needs: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
