"""What came of each need, as a form asks for it: a result, what happened, and its figures.

Promise: a need left empty is not guessed at; a figure that is no number is said to be none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.outcomes import Came
from services.matching.usecases.ruling import today
from shared.codes import codes, label
from shared.errors import Fault
from shared.web.access import principal
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from werkzeug.datastructures import MultiDict

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

RESULT = "result"
FIGURES = {
    "pounds_per_year": "Pounds more each year",
    "pounds_once": "Pounds once, or debt less",
    "weeks": "Weeks they have kept their home since",
    "scale_before": "How they were before, from 1 to 10",
    "scale_after": "How they are now, from 1 to 10",
    "calls": "Emergency calls fewer",
}
NO_NUMBER = "Write a whole number."
NO_ONWARD = "No referral your agency made is called that."
MOST = 2


def needs_left(referral: Referral, tx: MatchingTransaction) -> list[str]:
    """Return the needs of which nobody has said yet what came of them."""
    said = {row.need for row in tx.outcomes_of(referral.id)}
    return [need for need in referral.needs if need not in said]


def needs_asked(referral: Referral, tx: MatchingTransaction) -> list[str]:
    """Return the needs a form asks about: those still to be said, else all, to add to them."""
    return needs_left(referral, tx) or list(referral.needs)


def read(
    typed: MultiDict[str, str], needs: Sequence[str], tx: MatchingTransaction
) -> tuple[list[Came], list[Fault]]:
    """Return what was said of each need, nothing of those left empty, and what is wrong."""
    came: list[Came] = []
    faults: list[Fault] = []
    for need in needs:
        if not _is_filled(typed, need):
            continue
        at = f"/outcomes/{len(came)}"
        figures, wrong = _figures(typed, need, at)
        onward, unknown = _onward(typed, need, at, tx)
        faults += wrong + unknown
        told = tuple(dict.fromkeys(typed.getlist(f"codes-{need}")))
        result = typed.get(f"result-{need}", "")
        came.append(Came(need, result, told, **figures, onward_referral_id=onward))
    return came, faults


def _is_filled(typed: MultiDict[str, str], need: str) -> bool:
    names = ("result", "codes", "onward", *FIGURES)
    return any(typed.get(f"{name}-{need}", "").strip() for name in names)


def _figures(
    typed: MultiDict[str, str], need: str, at: str
) -> tuple[dict[str, int | None], list[Fault]]:
    written = {name: typed.get(f"{name}-{need}", "").strip() for name in FIGURES}
    known = {name: whole_number(text) for name, text in written.items()}
    wrong = [name for name, text in written.items() if text and known[name] is None]
    return known, [Fault(f"{at}/{name}", NO_NUMBER) for name in wrong]


def _onward(
    typed: MultiDict[str, str], need: str, at: str, tx: MatchingTransaction
) -> tuple[UUID | None, list[Fault]]:
    """Return the newest referral of one's own that goes by the reference typed."""
    called = "".join(typed.get(f"onward-{need}", "").split()).upper()
    if not called:
        return None, []
    agency = principal().agency_id
    found = [
        row
        for row in tx.referrals_called(principal(), called, most=MOST)
        if row.referrer_agency_id == agency
    ]
    if not found:
        return None, [Fault(f"{at}/onward_referral_id", NO_ONWARD)]
    return found[-1].id, []


def shown(
    typed: Any,  # noqa: ANN401 - nothing, or the form as Flask holds it
    needs: Sequence[str],
    faults: Mapping[str, str],
    tx: MatchingTransaction,
) -> list[dict[str, Any]]:
    """Return, for each need, what the page draws."""
    in_force = [code for code in codes("outcomes").values() if code.in_force(today(tx))]
    return [
        {
            "need": need,
            "title": label("needs", need),
            "error": {"text": faults[f"result-{need}"]} if f"result-{need}" in faults else None,
            "results": [
                _item(code, typed.get(f"result-{need}") == code.code)
                for code in in_force
                if code.kind == RESULT
            ],
            "codes": [
                _item(code, bool(typed) and code.code in typed.getlist(f"codes-{need}"))
                for code in in_force
                if code.kind != RESULT
            ],
            "figures": [
                {"name": f"{name}-{need}", "label": text, "value": typed.get(f"{name}-{need}", "")}
                for name, text in FIGURES.items()
            ],
            "onward": typed.get(f"onward-{need}", ""),
        }
        for need in needs
    ]


def place_of(pointer: str, typed: Any, needs: Sequence[str]) -> str | None:  # noqa: ANN401
    """Return which part of the form a fault within the outcomes is about."""
    parts = pointer.split("/")
    if len(parts) < MOST or parts[1] != "outcomes":
        return None
    filled = [need for need in needs if typed and _is_filled(typed, need)] or list(needs)
    at = (whole_number(parts[2]) if len(parts) > MOST else None) or 0
    return f"result-{filled[min(at, len(filled) - 1)]}" if filled else None


def _item(code: Any, checked: bool) -> dict[str, Any]:  # noqa: ANN401, FBT001 - a code of a list
    return {"value": code.code, "text": code.en, "checked": checked}
