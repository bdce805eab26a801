"""One person's story, told once: typed values that a form or a partner's system fills in.

Promise: these hold what was said and nothing derived; whether it is acceptable is decided
by `consent.faults`, `dates.faults` and `contact.faults`, each naming the place of a fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.intake.domain.capacity import Authority, Capacity, Competence
from services.intake.domain.naming import Naming
from services.intake.domain.wording import Shown


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
    age: int | None = None


@dataclass(frozen=True, slots=True)
class Household:
    """Who lives with the person: codes, and what they want known about them."""

    lives_with: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach the person: kind is email, phone, text or letter; safe yes, no, unknown.

    `times` are codes of when it is safe; `who_else_sees` says who else reads or hears it.
    """

    kind: str
    value: str
    safe: str = "unknown"
    leave_message: bool = False
    name_to_ask_for: str | None = None
    times: tuple[str, ...] = ()
    who_else_sees: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """How to speak with the person; languages are codes.

    Whoever rings says the `code_word`, and so does the person.
    """

    language: str = "en"
    interpreter: str | None = None
    channels: tuple[Channel, ...] = ()
    code_word: str | None = None


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
    capacity: Capacity | None = None
    authority: Authority | None = None
    competence: Competence | None = None
    shown: Shown | None = None


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
class Speaker:
    """Who told it, when that was not the person: relatives, friends, staff on the phone."""

    name: str
    phone: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """Everything told once; codes come from the closed lists of shared.codes.

    `onward_of` is the referral from which its receiver refers the person on.
    Whoever is in `hidden_from_...` must never learn that the request exists: agencies, staff,
    teams (each a service of the guide), and people who are known by a name alone; `naming`
    is what was found of these.
    """

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
    household: Household | None = None
    hidden_from_agencies: tuple[UUID, ...] = ()
    hidden_from_staff: tuple[UUID, ...] = ()
    hidden_from_teams: tuple[UUID, ...] = ()
    hidden_from_names: tuple[str, ...] = ()
    naming: Naming = Naming()  # noqa: RUF009 - frozen
    speaker: Speaker | None = None
    onward_of: UUID | None = None
