"""The lists that the forms of a referral choose from.

Promise: of other services only those that everyone may know of are offered, for a suggestion
is told to all; of colleagues only those who may answer and whom the person does not avoid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.transitions import Result, row_for
from services.matching.storage.guide import entry_of
from services.matching.storage.hiding import known_as
from services.matching.usecases.alternatives import suggested
from services.matching.usecases.cancelling import reasons_to_cancel
from services.matching.usecases.commanding import ANSWERING_ROLES, parts_of
from services.matching.usecases.contacting import CHANNELS
from services.matching.usecases.content import keeps_content
from services.matching.usecases.ending_by_receiver import reasons_to_withdraw
from services.matching.usecases.knowing import facts_of
from services.matching.usecases.ruling import today
from shared.codes import codes
from shared.web.access import principal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral
    from shared.codes import Code

    Choices = list[dict[str, Any]]

NO_BASIS, NOBODY = "none", "nobody"
KEEPS = "We must keep it:"
MOST_ALTERNATIVES = 12
RESULT_WORDS = {
    Result.EXTENDED: "A longer wait, once, by two to four weeks",
    Result.RETURNED: "We give it back, and suggest who else could help",
    Result.NEEDS_CHANGED: "Needs have changed, and this help is no longer wanted",
    Result.RE_REFER_LATER: "Ask us again on a day we agreed on",
}
CHANNEL_WORDS = {
    "phone": "Phone",
    "text": "Text message",
    "email": "E-mail",
    "letter": "Letter",
    "visit": "Visit",
}


def choices_of(name: str, referral: Referral, tx: MatchingTransaction) -> Choices:
    """Return what may be chosen from the list *name*, none where a field has no list."""
    return CHOICES[name](referral, tx) if name else []


def _coded(known: Iterable[Code]) -> Choices:
    return [{"value": code.code, "text": code.en} for code in known]


def _listed(name: str) -> Callable[[Referral, MatchingTransaction], Choices]:
    """Return what a closed list has in force today."""

    def listed(_: Referral, tx: MatchingTransaction) -> Choices:
        return _coded(code for code in codes(name).values() if code.in_force(today(tx)))

    return listed


def _grounds(_: Referral, tx: MatchingTransaction) -> Choices:
    del tx
    known = codes("override_grounds").values()
    grounds = [{"value": c.code, "text": f"{KEEPS} {c.en[:1].lower()}{c.en[1:]}"} for c in known]
    return [{"value": NO_BASIS, "text": "We have stopped"}, *grounds]


def _results(referral: Referral, tx: MatchingTransaction) -> Choices:
    parts = parts_of(principal(), referral)
    facts = facts_of(referral, parts, tx)
    able = (r for r in RESULT_WORDS if row_for("review", referral.state, parts, facts, r))
    once = (r for r in able if r is not Result.EXTENDED or referral.extended_until is None)
    return [{"value": result.value, "text": RESULT_WORDS[result]} for result in once]


def _channels(_: Referral, tx: MatchingTransaction) -> Choices:
    del tx
    return [{"value": name, "text": CHANNEL_WORDS[name]} for name in CHANNELS]


def _colleagues(referral: Referral, tx: MatchingTransaction) -> Choices:
    able = [row for row in tx.colleagues(referral.agency_id) if ANSWERING_ROLES & set(row.roles)]
    hidden = tx.hidden_from([referral.request_id])[referral.request_id]
    shown = [row for row in able if hidden.isdisjoint(known_as(row))]
    people = [
        {"value": str(row.id), "text": row.name, "checked": row.id == referral.assigned_to}
        for row in shown
    ]
    nobody = {"value": NOBODY, "text": "Nobody yet", "checked": referral.assigned_to is None}
    return [*people, nobody]


def _teams(referral: Referral, tx: MatchingTransaction) -> Choices:
    """Return the teams this agency has named before, so that one is not written in three ways."""
    known = tx.teams_of(referral.agency_id)
    named = [{"value": team, "text": team, "checked": team == referral.team} for team in known]
    nobody = {"value": "", "text": "No team, or another", "checked": referral.team is None}
    return [*named, nobody]


def alternatives(referral: Referral, tx: MatchingTransaction) -> Choices:
    """Return other public services for the same needs, those that fit the person first."""
    if not keeps_content(referral, principal(), tx):
        return []
    fitting = suggested(referral, tx)
    rows = [r for r in tx.shown_for(referral.needs, ("public",)) if r.id != referral.service_id]
    best = {service_id: place for place, service_id in enumerate(fitting)}
    named = {row.id: entry_of(row.entry)["name"] for row in rows}
    rows.sort(key=lambda row: (best.get(row.id, len(best)), named[row.id]))
    return [
        {
            "value": str(row.id),
            "text": f"{named[row.id]} ({row.agency_name})",
            "hint": "Fits what is known." if row.id in best else "",
        }
        for row in rows[:MOST_ALTERNATIVES]
    ]


CHOICES: dict[str, Callable[[Referral, MatchingTransaction], Choices]] = {
    "reasons_to_cancel": lambda _, tx: _coded(reasons_to_cancel(tx)),
    "reasons_to_withdraw": lambda _, tx: _coded(reasons_to_withdraw(tx)),
    "grounds": _grounds,
    "results": _results,
    "alternatives": alternatives,
    "attempts": _listed("contact_attempts"),
    "channels": _channels,
    "attendance": _listed("attendance"),
    "absences": _listed("non_attendance"),
    "hold_reasons": _listed("hold_reasons"),
    "colleagues": _colleagues,
    "teams": _teams,
    "reopen_reasons": _listed("reopen_reasons"),
}
