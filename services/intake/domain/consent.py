"""Consent: a purpose, a named recipient and categories, each refused until it is given.

Promise: `faults` finds everything wrong at once, each with its place, and nothing is
understood as a yes that was not said as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from services.intake.domain import capacity
from services.intake.domain.consent_clocks import TOO_LONG, default_end
from services.intake.domain.dates import whole_years

if TYPE_CHECKING:
    from services.intake.domain.submission import Consent, Grant, Submission

GIVEN = "given"
DECISIONS = (GIVEN, "refused")
REFER = "refer"
METHODS = ("online_form", "phone", "in_person_verbal", "paper", "interpreter", "bsl")
SPOKEN = frozenset({"phone", "in_person_verbal"})
GIVERS = ("self", "parent_pr", "lpa", "deputy", "court")
CLOSED = "closed_to_referrals"
NOT_ASKED = frozenset({CLOSED, "paused_by_network"})
KIND_FOR = {"statistics": "hub", "tell_gp": "practice", "tell_health_visitor": "practice"}


class Asked(Protocol):
    """A service of the guide as it is known now."""

    @property
    def agency_id(self) -> UUID:
        """Return whose it is."""

    @property
    def status(self) -> str:
        """Return whether it takes referrals."""

    @property
    def closed_until(self) -> date | None:
        """Return until when it was last closed, where that was said."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a consent is held against: our own copies, at the moment of asking."""

    today: date
    notice_languages: frozenset[str]
    agency_kinds: Mapping[UUID, str]
    services: Mapping[UUID, Asked]
    purposes: frozenset[str]
    categories: frozenset[str]


def given(consent: Consent) -> tuple[Grant, ...]:
    """Return the grants that were said yes to."""
    return tuple(grant for grant in consent.grants if grant.decision == GIVEN)


def answers(consent: Consent) -> dict[tuple[str, UUID, str], str]:
    """Return each answer once, by purpose, recipient and category."""
    return {
        (grant.purpose, grant.recipient, category): grant.decision
        for grant in consent.grants
        for category in grant.categories
    }


def faults(submission: Submission, known: Known) -> Iterator[tuple[str, str]]:
    """Yield (pointer, detail) for everything that keeps this consent from being relied on."""
    consent, born = submission.consent, submission.person.date_of_birth
    age = whole_years(born, known.today) if born and born <= known.today else None
    yield from answer_faults(consent, known, age)
    if not any(grant.purpose == REFER for grant in given(consent)):
        yield "/consent/grants", "Nobody may be told yet: at least one agency must be agreed to."
    yield from _service_faults(submission, known)


def answer_faults(consent: Consent, known: Known, age: int | None) -> Iterator[tuple[str, str]]:
    """Yield (pointer, detail) for everything wrong with an answer, whatever it is about."""
    yield from _notice_faults(consent, known)
    yield from _form_faults(consent)
    if consent.given_by in GIVERS:
        yield from capacity.faults(consent, age, known.today)
    yield from _date_faults(consent, known.today)
    yield from _grants_faults(consent, known)


def _notice_faults(consent: Consent, known: Known) -> Iterator[tuple[str, str]]:
    if not known.notice_languages:
        yield "/consent/notice", "This is no notice of ours."
    elif consent.language not in known.notice_languages:
        yield "/consent/language", "This notice does not exist in this language."


def _form_faults(consent: Consent) -> Iterator[tuple[str, str]]:
    if consent.method not in METHODS:
        yield "/consent/method", f"Choose one of {', '.join(METHODS)}."
    if consent.given_by not in GIVERS:
        yield "/consent/given_by", f"Choose one of {', '.join(GIVERS)}."
    if consent.method in SPOKEN and not (consent.witness or "").strip():
        yield "/consent/witness", "Consent by word of mouth needs a witness."


def _date_faults(consent: Consent, today: date) -> Iterator[tuple[str, str]]:
    if consent.valid_until <= today:
        yield "/consent/valid_until", "This consent has already ended."
    elif consent.valid_until > default_end(today):
        yield "/consent/valid_until", TOO_LONG


def _grants_faults(consent: Consent, known: Known) -> Iterator[tuple[str, str]]:
    seen: dict[tuple[str, UUID, str], str] = {}
    for place, grant in enumerate(consent.grants):
        pointer = f"/consent/grants/{place}"
        found = (*_grant_faults(grant, known), *_category_faults(grant, known, seen))
        yield from ((pointer + path, detail) for path, detail in found)


def _grant_faults(grant: Grant, known: Known) -> Iterator[tuple[str, str]]:
    if grant.decision not in DECISIONS:
        yield "/decision", f"Choose one of {', '.join(DECISIONS)}."
    if grant.purpose not in known.purposes:
        yield "/purpose", "This purpose is not on the list."
    yield from _recipient_faults(grant, known)
    if not grant.categories:
        yield "/categories", "Say what may be told."


def _category_faults(
    grant: Grant, known: Known, seen: dict[tuple[str, UUID, str], str]
) -> Iterator[tuple[str, str]]:
    for place, category in enumerate(grant.categories):
        asked = (grant.purpose, grant.recipient, category)
        if category not in known.categories:
            yield f"/categories/{place}", "This category is not on the list."
        elif seen.setdefault(asked, grant.decision) != grant.decision:
            yield f"/categories/{place}", "This was answered otherwise in the same consent."


def _recipient_faults(grant: Grant, known: Known) -> Iterator[tuple[str, str]]:
    kind = known.agency_kinds.get(grant.recipient)
    needed = KIND_FOR.get(grant.purpose)
    if kind is None:
        yield "/recipient", "This is no agency of the partnership."
    elif needed and kind != needed:
        yield "/recipient", f"For this purpose the recipient is a {needed}."


def _service_faults(submission: Submission, known: Known) -> Iterator[tuple[str, str]]:
    told = {grant.recipient for grant in given(submission.consent) if grant.purpose == REFER}
    named = [wish.service for wish in submission.referrals]
    for place, service in enumerate(named):
        pointer = f"/referrals/{place}/service"
        if service in named[:place]:
            yield pointer, "This service is named twice."
        elif service not in known.services:
            yield pointer, "This service is not in the guide."
        else:
            asked = known.services[service]
            if asked.status in NOT_ASKED:
                yield pointer, _why_not_asked(asked)
            if asked.agency_id not in told:
                yield pointer, "The person has not agreed that this service's agency is told."


def _why_not_asked(service: Asked) -> str:
    """Return the rule by which nobody new can be referred to a service, as far as it is known."""
    until = service.closed_until
    if service.status != CLOSED:
        return "This service is paused by the network and takes no referrals at the moment."
    day = f" until {until.day} {until:%B %Y}" if until else ""
    return f"This service is closed to new referrals{day}, by a decision of its agency."
