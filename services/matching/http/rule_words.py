"""Further rules in plain words: what kinds there are, and what a written one says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.plain import CRITERIA, REFERRER_WORDS
from services.matching.domain.rules import LISTS
from services.matching.domain.rules_written import ONE_OF
from services.matching.http.entry_fields import choices
from services.matching.rule_schema import SHAPES
from shared.codes import label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from services.matching.domain.rules_written import Place, Written

CODES_OF = {"needs": "needs", "group": "groups", "language": "languages", "area": "areas"}
MET_BY_ONE = "One of these is enough"


def kind_words(rule: str) -> str:
    """Return what a rule asks about."""
    return CRITERIA[LISTS.get(rule, rule)]


def kinds() -> list[dict[str, str]]:
    """Return the kinds of rule that may be added, as choices of a form."""
    return [{"value": rule, "text": kind_words(rule)} for rule in SHAPES]


def code_words(rule: str, code: str) -> str:
    """Return one code of a rule in words."""
    if rule == "referrer":
        return REFERRER_WORDS.get(code, code)
    if rule in LISTS:
        return code.replace("_", " ").capitalize()
    return choices(CODES_OF[rule]).get(code, code)


def rule_words(written: Mapping[str, Any]) -> str:
    """Return in one line what a rule says."""
    rule = written["rule"]
    if rule == ONE_OF:
        return f"{MET_BY_ONE}: {'; or '.join(rule_words(one) for one in written['rules'])}"
    return f"{kind_words(rule)}: {_said(rule, written)}"


def news(old: Sequence[Written], new: Sequence[Written]) -> list[str]:
    """Return in words what a change adds and what it takes away."""
    added = [f"Now: {rule_words(one)}." for one in new if one not in old]
    gone = [f"Before: {rule_words(one)}." for one in old if one not in new]
    return [*gone, *added]


def shown_rules(rules: Sequence[Written], above: Place = ()) -> list[dict[str, Any]]:
    """Return rules as their page lists them, each with the way to it."""
    return [
        {
            "place": "-".join(str(step) for step in (*above, number)),
            "words": rule_words(one),
            "ways": shown_rules(one.get("rules", []), (*above, number)),
            # Within a list another way goes beside it; a list there is widened itself.
            "open": not above or one["rule"] == ONE_OF,
        }
        for number, one in enumerate(rules)
    ]


def _said(rule: str, written: Mapping[str, Any]) -> str:
    if rule == "age":
        return _ages(written.get("from"), written.get("to"))
    if rule == "threshold":
        ends = dict.fromkeys((written["from"], written["to"]))
        return " to ".join(label("threshold_bands", str(band)) for band in ends)
    named = _or(code_words(rule, code) for code in written["any_of"])
    return named + _INTERPRETERS[written.get("interpreters")]


_INTERPRETERS = {
    None: "",
    True: ", or any other with an interpreter",
    False: ", and no other",
}


def _ages(lowest: int | None, highest: int | None) -> str:
    if lowest is None:
        return f"{highest} or younger"
    return f"{lowest} or older" if highest is None else f"{lowest} to {highest}"


def _or(told: Iterable[str]) -> str:
    *most, last = told
    return f"{', '.join(most)} or {last}" if most else last
