"""Which transition starts, stops and pauses which clock, as data.

Promise: a transition not named here does nothing to clocks but what is true of every one: an
end stops them all, a halt pauses them, and silence is counted anew from each step.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Effect:
    """What one transition does to clocks; those that `wish` stand still only if it is one."""

    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    wish: tuple[str, ...] = ()
    frees: tuple[str, ...] = ()


WAIT = ("K5", "K6", "K7")
EFFECTS: Mapping[tuple[str, str], Effect] = MappingProxyType(
    {
        ("T7", "sent"): Effect(starts=("K2", "K4", "K5", "K6")),
        ("T9", "information_requested"): Effect(starts=("K3",), holds=("K2",)),
        ("T10", "information_given"): Effect(stops=("K3",), frees=("K2",)),
        ("T11", "accepted"): Effect(starts=("K4",), stops=("K2", "K3")),
        ("T15", "waiting"): Effect(starts=("K8",)),
        ("T16", "started"): Effect(stops=(*WAIT, "K8")),
        ("T17", "started"): Effect(stops=WAIT),
        # The extension is a new promise in place of both; going on to nag would deny it.
        ("T18", "reviewed"): Effect(starts=("K7",), stops=("K5", "K6")),
        ("T21", "returned"): Effect(starts=("T21",)),
        ("T22", "held"): Effect(starts=("T22",), wish=WAIT),
        # Whoever was reached while it rested is checked on again once they wait on.
        ("T22", "resumed"): Effect(starts=("K8",), stops=("T22",), frees=WAIT),
        ("T25", "cancel_requested"): Effect(starts=("T25",)),
        ("T25", "cancel_refused"): Effect(stops=("T25",)),
        ("T25", "completed"): Effect(starts=("K11", "K12")),
        ("T26", "halted"): Effect(starts=("T26",)),
        ("T26", "acknowledged"): Effect(stops=("T26",)),
        ("T27", "resumed"): Effect(stops=("T26",)),
        ("T29", "completed"): Effect(starts=("K11", "K12")),
        ("T36", "contacted"): Effect(stops=("K4", "K8"), starts=("K8",)),
        ("T39", "outcome_recorded"): Effect(stops=("K11",)),
    }
)
