"""Write docs/referral-states.md: what may happen to a referral, drawn and listed from its table.

Promise: page and diagram say what the code does, for both come from the rows it works by.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.words import words
from services.matching.domain.plain import EVENTS, STAGES
from services.matching.domain.transitions import TABLE, TERMINAL, After, Guard, State, Who

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.matching.domain.transitions import Row

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docs" / "referral-states.md"
HEAD = """# What may happen to a referral

Written by `make docs` from the table the code works by (`services/matching/domain/transitions.py`):
the same rows check a command, decide which actions a caller is offered, and draw this page. A
test fails while it is stale.

A command that no row allows is answered with 409 and what is possible now. Nothing here happens
by time alone: a clock that is due is told to people, and people decide.
"""
AFTER = {
    After.BACK: "back to where it was",
    After.SAME: "stays",
    After.ANOTHER: "a new referral, proposed",
}
BEGIN = "[*]"
DRAWN_APART = frozenset({State.HALTED, State.CANCEL_REQUESTED})
EVERYWHERE = frozenset({"T38"})


def page() -> str:
    """Return the whole page."""
    parts = [HEAD, "## Drawn", "", *_diagrams(), "## Listed", "", *_rows(), *_states(), *_guards()]
    return "\n".join(parts).rstrip() + "\n"


def _diagrams() -> Iterator[str]:
    yield from _drawn("The way of a referral.", [row for row in TABLE if not _is_apart(row)])
    yield from _drawn(
        "What stops it for a while: the referrer asks to stop, or a basis to share is lost.",
        [row for row in TABLE if _is_apart(row) and row.number not in EVERYWHERE],
    )
    yield "T38 ends any live referral when its request is over."
    yield ""


def _drawn(title: str, rows: list[Row]) -> Iterator[str]:
    yield title
    yield ""
    yield "```mermaid"
    yield "stateDiagram-v2"
    lines = (line for row in rows for line in _arrows(row))
    yield from dict.fromkeys(f"    {line}" for line in lines)
    ends = {row.after for row in rows if row.after in TERMINAL}
    yield from (f"    {state} --> {BEGIN}" for state in State if state in ends)
    yield "```"
    yield ""


def _is_apart(row: Row) -> bool:
    return bool(DRAWN_APART & {row.after, *row.before}) or row.number in EVERYWHERE


def _arrows(row: Row) -> Iterator[str]:
    """Return the arrows of one row; what stays or begins another is not drawn."""
    if row.then in {After.SAME, After.ANOTHER}:
        return
    label = f"{row.number} {row.result or row.action or row.event.removeprefix('referral.')}"
    for before in _in_order(row):
        begin = BEGIN if before is None else str(before)
        for after in _goes_to(row):
            yield f"{begin} --> {after}: {label}"


def _goes_to(row: Row) -> Iterator[str]:
    """Return where a row leads; one that goes back, to each state it may have come from."""
    if row.after is not None:
        yield str(row.after)
        return
    came = (one for one in TABLE if one.after in row.before and one.after not in one.before)
    states = {state for one in came for state in one.before if state is not None}
    yield from (str(state) for state in State if state in states - row.before)


def _in_order(row: Row) -> list[State | None]:
    return [state for state in (None, *State) if state in row.before]


def _rows() -> Iterator[str]:
    yield "| # | from | to | who | action | told as | guards | only if |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in TABLE:
        before = ", ".join(str(state) if state else "nothing" for state in _in_order(row))
        after = str(row.after) if row.after else AFTER[row.then or After.SAME]
        who = ", ".join(str(part) for part in Who if part in row.who).replace("_", " ")
        action = f"`{row.action}`{f' {row.result}' if row.result else ''}" if row.action else "-"
        guards = " ".join(guard.name for guard in Guard if guard in row.guards) or "-"
        facts = ", ".join(sorted(row.facts)) or "-"
        cells = (row.number, before, after, who, action, f"`{row.event}`", guards, facts)
        yield f"| {' | '.join(cells)} |"
    yield ""


def _states() -> Iterator[str]:
    yield from ("## In plain words", "", "| state | what people read |", "|---|---|")
    for state in State:
        yield f"| {state} | {STAGES[state] or 'not shown'} |"
    yield from ("", "| told as | what people read |", "|---|---|")
    for event in dict.fromkeys(row.event for row in TABLE):
        yield f"| `{event}` | {EVENTS[event]} |"
    yield ""


def _guards() -> Iterator[str]:
    yield from ("## Guards", "", "| guard | what must hold |", "|---|---|")
    yield from (f"| {guard.name} | {guard} |" for guard in Guard)


def main() -> int:
    """Write the page; tell if it has changed."""
    text = page()
    if not FILE.exists() or FILE.read_text("utf-8") != text:
        FILE.write_text(text, "utf-8")
        print(f"written: {FILE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    words(__doc__)
    sys.exit(main())
