"""Is what was told acceptable? Every fault at once, each with its JSON pointer.

Promise: the same rules hold for a form and for a partner's system, whatever their schema let by.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from services.intake import agreement_checks
from services.intake.domain import consent, contact, dates, minimum
from services.intake.errors import SubmissionRefusedError
from services.intake.spelling import SPELLED, spelled
from shared.codes import codes
from shared.errors import Fault
from shared.geography import normalise_postcode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from services.intake.domain.submission import Channel, Submission
    from services.intake.storage import IntakeTransaction

Found = tuple[str, str]

LONGEST_STORY = 4000
LONGEST_NOTE = 2000
LONGEST_LINE = 200
LONGEST_CODE_WORD = 40
LONGEST_HOUSEHOLD = 500
LONGEST_NAME = 100
MOST = 20
RELATIONSHIPS = ("self", "professional", "family", "friend", "neighbour", "other")
THRESHOLDS = (1, 2, 3, 4)
NOT_A_POSTCODE = "?"
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def check(submission: Submission, tx: IntakeTransaction) -> Submission:
    """Return *submission* spelled the way it is kept, or raise SubmissionRefusedError."""
    told = settled(submission)
    found = tuple(Fault(pointer, detail) for pointer, detail in faults(told, tx))
    if found:
        raise SubmissionRefusedError("Something in the request needs to be put right.", found)
    return told


def settled(submission: Submission) -> Submission:
    """Return *submission* with what can be spelled in many ways spelled in one.

    An address that leads nowhere becomes empty, which `faults` then names.
    """
    channels = tuple(spelled(channel) for channel in submission.contact.channels)
    person = submission.person
    if person.address and person.address.postcode:
        postcode = normalise_postcode(person.address.postcode) or NOT_A_POSTCODE
        person = replace(person, address=replace(person.address, postcode=postcode))
    return replace(
        submission, person=person, contact=replace(submission.contact, channels=channels)
    )


def faults(submission: Submission, tx: IntakeTransaction) -> Iterator[Found]:
    """Yield (pointer, detail) for everything wrong with *submission* now."""
    today = tx.now.date()
    yield from _text_faults(submission)
    yield from _code_faults(submission, today)
    yield from _source_faults(submission, tx.actor.kind)
    yield from dates.birth_faults(submission.person.date_of_birth, today)
    yield from _address_faults(submission)
    yield from contact.faults(submission)
    yield from _channel_faults(submission.contact.channels)
    yield from _talk_faults(submission, tx)
    yield from _hidden_faults(submission, tx)
    yield from minimum.faults(submission)
    known = _known(submission, tx)
    yield from consent.faults(submission, known)
    yield from agreement_checks.faults(submission, known, tx)


def _known(submission: Submission, tx: IntakeTransaction) -> consent.Known:
    today = tx.now.date()
    return consent.Known(
        today=today,
        notice_languages=tx.notice_languages(submission.consent.notice),
        agency_kinds=tx.agency_kinds({g.recipient for g in submission.consent.grants}),
        services=tx.services_named({wish.service for wish in submission.referrals}),
        purposes=_in_force("purposes", today),
        categories=_in_force("categories", today),
    )


@cache
def _in_force(name: str, today: date) -> frozenset[str]:
    return frozenset(code for code, entry in codes(name).items() if entry.in_force(today))


def _code_faults(submission: Submission, today: date) -> Iterator[Found]:
    yield from _several("/needs", submission.needs, "needs", today)
    yield from _several("/access_needs", submission.access_needs, "access_needs", today)
    yield from _several("/groups", submission.groups, "groups", today)
    yield from _one("/urgency", submission.urgency, "urgency", today)
    yield from _one("/source", submission.source, "sources", today)
    yield from _one("/contact/language", submission.contact.language, "languages", today)
    if submission.contact.interpreter is not None:
        yield from _one("/contact/interpreter", submission.contact.interpreter, "languages", today)
    yield from _household_faults(submission, today)
    for place, channel in enumerate(submission.contact.channels):
        pointer = f"/contact/channels/{place}/times"
        yield from _several(pointer, channel.times, "contact_times", today)
    if not submission.needs:
        yield "/needs", "Say at least one thing that help is needed with."
    if submission.threshold is not None and submission.threshold not in THRESHOLDS:
        yield "/threshold", "Choose a band from 1 to 4."
    if submission.relationship not in RELATIONSHIPS:
        yield "/relationship", f"Choose one of {', '.join(RELATIONSHIPS)}."


def _source_faults(submission: Submission, kind: str) -> Iterator[Found]:
    by_partner = submission.source.startswith("PARTNER_")
    if kind == "client" and not by_partner:
        yield "/source", "A partner's own system sends only its own requests: PARTNER_..."
    if kind == "public" and by_partner:
        yield "/source", "A partner signs in first."


def _one(pointer: str, code: str, name: str, today: date) -> Iterator[Found]:
    if code not in _in_force(name, today):
        yield pointer, f"This is not on the list of {name.replace('_', ' ')}."


def _several(pointer: str, chosen: tuple[str, ...], name: str, today: date) -> Iterator[Found]:
    for place, code in enumerate(chosen):
        yield from _one(f"{pointer}/{place}", code, name, today)
        if code in chosen[:place]:
            yield f"{pointer}/{place}", "This is named twice."


def _address_faults(submission: Submission) -> Iterator[Found]:
    address = submission.person.address
    if address and address.postcode == NOT_A_POSTCODE:
        yield "/person/address/postcode", "This is not a postcode."


def _channel_faults(channels: Iterable[Channel]) -> Iterator[Found]:
    for place, channel in enumerate(channels):
        if channel.kind in SPELLED and not channel.value:
            detail = SPELLED[channel.kind][1]
            yield f"/contact/channels/{place}/value", detail


def _household_faults(submission: Submission, today: date) -> Iterator[Found]:
    if submission.household:
        lives_with = submission.household.lives_with
        yield from _several("/household/lives_with", lives_with, "household", today)
    age = submission.person.age
    if age is not None and not 0 <= age <= dates.OLDEST:
        yield "/person/age", f"Give an age from 0 to {dates.OLDEST} years."


def _hidden_faults(submission: Submission, tx: IntakeTransaction) -> Iterator[Found]:
    """Yield what cannot be hidden: from an agency nobody knows, or from one that is to be told."""
    hidden = submission.hidden_from_agencies
    known = tx.agency_kinds(set(hidden))
    told = {grant.recipient for grant in consent.given(submission.consent)}
    for place, agency in enumerate(hidden):
        pointer = f"/hidden_from_agencies/{place}"
        if agency not in known:
            yield pointer, "This is no agency of the partnership."
        elif agency in told:
            yield pointer, "This agency cannot both be told and not know."
    named = {wish.service for wish in submission.referrals}
    there = tx.services_named(submission.hidden_from_teams)
    for place, team in enumerate(submission.hidden_from_teams):
        pointer = f"/hidden_from_teams/{place}"
        if team not in there:
            yield pointer, "This is no service of the guide."
        elif team in named:
            yield pointer, "This service cannot both be asked and not know."


def _talk_faults(submission: Submission, tx: IntakeTransaction) -> Iterator[Found]:
    for place, wish in enumerate(submission.referrals):
        if wish.discussed_with and wish.discussed_with.at > tx.now:
            yield f"/referrals/{place}/discussed_with/at", "This moment has not come yet."


def _text_faults(submission: Submission) -> Iterator[Found]:
    for pointer, text, longest in _texts(submission):
        if len(text) > longest:
            yield pointer, f"At most {longest} characters."
        if _UNREADABLE.search(text):
            yield pointer, "This holds characters that cannot be read."
    if not submission.person.given_name.strip():
        yield "/person/given_name", "Say what the person is called."


def _texts(submission: Submission) -> Iterator[tuple[str, str, int]]:
    person = submission.person
    yield "/person/given_name", person.given_name, LONGEST_LINE
    yield "/person/family_name", person.family_name, LONGEST_LINE
    yield "/story", submission.story, LONGEST_STORY
    yield "/consent/witness", submission.consent.witness or "", LONGEST_LINE
    yield "/contact/code_word", submission.contact.code_word or "", LONGEST_CODE_WORD
    if submission.household:
        yield "/household/note", submission.household.note, LONGEST_HOUSEHOLD
    for place, name in enumerate(submission.hidden_from_names):
        yield f"/hidden_from_names/{place}", name, LONGEST_NAME
    if submission.speaker:
        yield "/speaker/name", submission.speaker.name, LONGEST_LINE
        yield "/speaker/phone", submission.speaker.phone, LONGEST_LINE
        yield "/speaker/why", submission.speaker.why, LONGEST_NOTE
    for place, line in enumerate(person.address.lines if person.address else ()):
        yield f"/person/address/lines/{place}", line, LONGEST_LINE
    for place, channel in enumerate(submission.contact.channels):
        yield f"/contact/channels/{place}/value", channel.value, LONGEST_LINE
        pointer = f"/contact/channels/{place}"
        yield f"{pointer}/name_to_ask_for", channel.name_to_ask_for or "", LONGEST_LINE
        yield f"{pointer}/who_else_sees", channel.who_else_sees or "", LONGEST_LINE
    for place, wish in enumerate(submission.referrals):
        yield f"/referrals/{place}/why_this_service", wish.why_this_service, LONGEST_NOTE
        yield f"/referrals/{place}/how_eligible", wish.how_eligible, LONGEST_NOTE
        if wish.discussed_with:
            pointer = f"/referrals/{place}/discussed_with"
            yield f"{pointer}/name", wish.discussed_with.name, LONGEST_LINE
            yield f"{pointer}/channel", wish.discussed_with.channel, LONGEST_LINE
