"""A receipt in words: the same for the page, the print and the PDF, in its reader's language.

Promise: what somebody agreed to stands in the very words they were shown, whatever they read in.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from services.intake.domain.consent_clocks import ends_at
from services.intake.working_days import LOCAL
from shared.codes import codes, label

if TYPE_CHECKING:
    from services.intake.usecases.consent_views import LedgerGrant
    from services.intake.usecases.receipts import Receipt

HERE = Path(__file__).parent.parent / "templates" / "intake" / "receipt"
LAST_RESORT = "en"
GROUP = 8
WITHOUT_AN_ANSWER = frozenset({"requested", "deferred"})

Words = dict[str, Any]


@cache
def _all_words() -> dict[str, Words]:
    found: dict[str, Words] = orjson.loads((HERE / "words.json").read_bytes())
    return found


def in_words(receipt: Receipt, reads: str | None = None) -> Words:
    """Return everything a receipt says to who *reads* this language, else that of the consent."""
    entry = receipt.entry
    known = (one for one in (reads, entry.language) if one in _all_words())
    language = next(known, None) or LAST_RESORT
    words = _all_words()[language]
    same = ("title", "stands", "table", "columns", "read", "rights", "history")
    return {
        **{name: words[name] for name in same},
        "lang": _tag(language),
        "about": words["about"].format(reference=receipt.reference),
        "rows": [list(row) for row in _rows(receipt, words)],
        "answers": _answers(receipt, words, language),
        "notice": receipt.notice_text,
        "notice_lang": _tag(entry.language),
        "as_it_was": _as_it_was(entry.language, words) if entry.language != language else "",
        "fingerprint": words["fingerprint"].format(
            notice=entry.notice_id,
            language=entry.language,
            sha256=_in_groups(receipt.notice_sha256),
        ),
        "rights_text": [*words["rights_text"], *_ring(receipt, words)],
        "events": [
            [_day(event.at, words), _happened(event.change, event.valid_until, words)]
            for event in entry.events
        ],
        "at": entry.events[-1].at.isoformat(),
    }


def _tag(language: str) -> str:
    """Return a language as pages and files mark it: Easy Read is English."""
    return "en" if language == "easy_read" else language


def _as_it_was(language: str, words: Words) -> str:
    """Return why the notice stands in *language*, which is not the reader's."""
    named = words["languages"].get(language)
    if named is None:
        listed = codes("languages").get(language)
        named = listed.en if listed else language
    said: str = words["as_it_was"].format(language=named)
    return said


def _rows(receipt: Receipt, words: Words) -> list[tuple[str, str]]:
    entry, titles = receipt.entry, words["rows"]
    until = _day(entry.valid_until, words) if entry.valid_until else ""
    confirmed = words["confirmations"].get(entry.confirmation or "", "")
    due = _day(entry.confirm_by, words) if entry.confirm_by else ""
    answered = entry.state not in WITHOUT_AN_ANSWER
    said = {
        "state": words["states"][entry.state],
        "said": _day(_answered_at(receipt), words) if answered else "",
        "until": until,
        "method": words["methods"].get(entry.method or "", ""),
        "given_by": words["givers"].get(entry.given_by or "", ""),
        "capable_by": words["deciding"].get(entry.capable_by or "", ""),
        "confirmation": confirmed.format(day=due),
        "receipt": str(receipt.id),
    }
    return [(titles[name], text) for name, text in said.items() if text]


def _answered_at(receipt: Receipt) -> datetime:
    answers = [e.at for e in receipt.entry.events if e.change in {"C2", "C3", "C5"}]
    return answers[-1] if answers else receipt.entry.recorded_at


def _answers(receipt: Receipt, words: Words, language: str) -> list[list[str]]:
    def whom(grant: LedgerGrant) -> tuple[str, str, str, str]:
        name = receipt.parties[grant.recipient].name
        return name, str(grant.recipient), grant.purpose, _answer(grant, words)

    found = groupby(sorted(receipt.entry.grants, key=whom), key=whom)
    return [
        [
            name,
            label("purposes", purpose, language),
            "; ".join(label("categories", one.category, language) for one in grants),
            answer,
        ]
        for (name, _, purpose, answer), grants in found
    ]


def _answer(grant: LedgerGrant, words: Words) -> str:
    if grant.ended_at is not None:
        said: str = words["answers"]["ended"].format(day=_day(grant.ended_at, words))
        return said
    answer: str = words["answers"][grant.decision]
    return answer


def _happened(change: str, until: date | None, words: Words) -> str:
    said: str = words["changes"][change]
    return said.format(until=_day(until, words) if until else "")


def _ring(receipt: Receipt, words: Words) -> list[str]:
    hub = receipt.hub
    return [words["ring"].format(hub=hub.name, phone=hub.phone)] if hub and hub.phone else []


def _in_groups(sha256: str) -> str:
    """Return a fingerprint that fits on a telephone, and that eyes can compare."""
    return " ".join(sha256[at : at + GROUP] for at in range(0, len(sha256), GROUP))


def _day(at: date | datetime, words: Words) -> str:
    moment = at if isinstance(at, datetime) else ends_at(at)
    local = moment.astimezone(LOCAL) if isinstance(at, datetime) else moment
    return f"{local.day} {words['months'][local.month - 1]} {local.year}"
