"""Putting something right in a request (T32): old, new and reason are kept, sealed.

Promise: only what is named changes; nobody is told more than the person agreed to, and what
nobody was asked about yet is asked before any agency sees it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from services.intake import checks, sealing
from services.intake.domain.contact import SAFE
from services.intake.domain.request_transitions import RequestState
from services.intake.errors import SubmissionRefusedError
from services.intake.messages import ContactChanged, RequestAmended
from services.intake.storage import tables as t
from services.intake.storage.changes import keep_change
from services.intake.storage.hidden import hide
from services.intake.usecases.coding import in_codes
from services.intake.usecases.commanding import code_and_words, commanded
from services.intake.usecases.consent_views import live_grants
from services.intake.usecases.naming_hidden import keep_names, tell_of_names, with_names_found
from services.intake.usecases.recalling import recall
from services.intake.usecases.sameness import renew_sameness
from services.intake.usecases.widening import ask_for_what_is_new
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.domain.request_transitions import Who
    from services.intake.domain.submission import Submission
    from services.intake.storage import IntakeTransaction

AMENDABLE = (
    "person", "contact", "needs", "threshold", "urgency", "story", "access_needs", "groups",
    "household", "hidden_from_agencies", "hidden_from_staff", "hidden_from_teams",
    "hidden_from_names",
)  # fmt: skip
CODES = (
    "needs", "area_codes", "geography_version", "age", "language", "interpreter",
    "access_needs", "groups", "threshold", "urgency",
)  # fmt: skip
SEALED = {
    "person": ("sealed_identity", "sealed_address"),
    "contact": ("sealed_contact",),
    "household": ("sealed_household",),
}
HIDDEN = frozenset(name for name in AMENDABLE if name.startswith("hidden_from"))
"""Of these nobody is told as something that was put right."""
WAYS = "ways"
CORRECTED = "CORRECTED"
STILL_TOLD = "This agency may know of it. Take that back first."
LONGEST_WORDS = 2000


def amend_request(
    request_id: UUID,
    changes: Mapping[str, Any],
    reason: str | None,
    tx: IntakeTransaction,
    *,
    version: int | None,
    part: Who | None = None,
) -> tuple[str, ...]:
    """Change what *changes* names, based on *version*; return the names that differ now.

    `person` and `contact` hold a Person and a Contact, or only those of their fields that
    change; the others are values as a Submission has them. None as version: as it stands;
    *part* is for whoever made sure otherwise that it is the person who asks.
    """
    row, _ = commanded(request_id, "amend", tx, part=part, version=version)
    return put_right(row, changes, reason, tx)


def put_right(
    row: Row[Any], changes: Mapping[str, Any], reason: str | None, tx: IntakeTransaction
) -> tuple[str, ...]:
    """Change a request for whoever was found to have the right to, live or ended."""
    before = recall(row, tx)
    after = with_names_found(checks.settled(_changed(before, changes)), tx)
    found = (*_faults(after, changes, reason, tx), *_told_and_hidden(row, after, changes, tx))
    if found:
        raise SubmissionRefusedError("Something in the change needs to be put right.", found)
    different = tuple(name for name in AMENDABLE if getattr(before, name) != getattr(after, name))
    if different or after.naming.known:
        _write(row, after, different, tx)
        if not {"person", "contact"}.isdisjoint(different):
            renew_sameness(row.id, tx)
        ask_for_what_is_new(row, before, after, tx)
        _tell(row, (before, after), (different, reason), tx)
    return different


def _changed(before: Submission, changes: Mapping[str, Any]) -> Submission:
    known = {name: value for name, value in changes.items() if name in AMENDABLE}
    for name in ("person", "contact"):
        if isinstance(known.get(name), dict):
            known[name] = replace(getattr(before, name), **_parts(before, known[name]))
    for name in HIDDEN & known.keys():
        known[name] = tuple(sorted(set(known[name])))
    return replace(before, **known)


def _parts(before: Submission, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as they shall be: `ways` replace the channels of their own kinds alone."""
    known = dict(parts)
    if WAYS in known:
        new = known.pop(WAYS)
        kinds = {channel.kind for channel in new}
        kept = (one for one in before.contact.channels if one.kind not in kinds)
        known["channels"] = (*new, *kept)
    return known


def _faults(
    after: Submission, changes: Mapping[str, Any], reason: str | None, tx: IntakeTransaction
) -> Iterator[Fault]:
    if len(reason or "") > LONGEST_WORDS:
        yield Fault("/reason", f"At most {LONGEST_WORDS} characters.")
    for name in changes:
        if name not in AMENDABLE:
            yield Fault(f"/{name}", "This cannot be changed.")
    for pointer, detail in checks.faults(after, tx):
        if pointer.split("/")[1] in changes:
            yield Fault(pointer, detail)


def _told_and_hidden(
    row: Row[Any], after: Submission, changes: Mapping[str, Any], tx: IntakeTransaction
) -> Iterator[Fault]:
    """Yield the agencies that may know of it and shall not: that is taken back first."""
    if "hidden_from_agencies" in changes:
        told = {grant.recipient for grant in live_grants(row.id, tx)}
        for place, agency in enumerate(after.hidden_from_agencies):
            if agency in told:
                yield Fault(f"/hidden_from_agencies/{place}", STILL_TOLD)


def _write(
    row: Row[Any], after: Submission, different: tuple[str, ...], tx: IntakeTransaction
) -> None:
    codes = in_codes(after, tx.now.date())
    values = {name: codes[name] for name in CODES}
    if "story" in different:
        key, place = tx.key_of(row.id), ("request", "sealed_story", row.id)
        values["sealed_story"] = sealing.seal(tx.vault, key or b"", after.story, place)
    tx.execute(update(t.request).where(t.request.c.id == row.id).values(values))
    if not HIDDEN.isdisjoint(different):
        staff, teams = after.hidden_from_staff, after.hidden_from_teams
        hide(row.id, after.hidden_from_agencies, staff, tx, teams=teams)
    columns = {column for name in different for column in SEALED.get(name, ())}
    if columns:
        key = tx.key_of(row.person_id) or b""
        sealed = sealing.person_columns(tx.vault, key, row.person_id, after)
        new = {column: sealed[column] for column in columns}
        tx.execute(update(t.person).where(t.person.c.id == row.person_id).values(new))
        renew_sameness(row.id, tx)


def _tell(
    row: Row[Any],
    told: tuple[Submission, Submission],
    change: tuple[tuple[str, ...], str | None],
    tx: IntakeTransaction,
) -> None:
    (before, after), (different, reason) = told, change
    code, words = code_and_words(reason, CORRECTED)
    version = tx.next_version(row.id)
    kept = {
        "reason": words,
        "old": {name: getattr(before, name) for name in different},
        "new": {name: getattr(after, name) for name in different},
    }
    keep_change(row.id, version, "T32", tx, code=code, told=kept)
    keep_names(row.id, version, after, tx)
    if row.state != RequestState.AWAITING_CONSENT:  # until then no agency was told of it
        tx.announce(_amended(row, after, different, code, tx), sequence=version)
        if after.hidden_from_names:
            tell_of_names(row.id, row.reference, tx)
    if "contact" in different:
        safe = tuple(c.kind for c in after.contact.channels if c.safe == SAFE)
        tx.announce(ContactChanged(row.id, tuple(dict.fromkeys(safe))), sequence=version)


def _amended(
    row: Row[Any],
    after: Submission,
    different: tuple[str, ...],
    code: str | None,
    tx: IntakeTransaction,
) -> RequestAmended:
    codes = in_codes(after, tx.now.date())
    return RequestAmended(
        request_id=row.id,
        reference=row.reference,
        changed=tuple(name for name in different if name not in HIDDEN),
        reason=code or CORRECTED,
        referrer_agency_id=row.submitter_agency_id,
        hidden_from_agencies=after.hidden_from_agencies,
        hidden_from_staff=after.hidden_from_staff,
        hidden_from_teams=after.hidden_from_teams,
        **{name: codes[name] for name in CODES},
    )
