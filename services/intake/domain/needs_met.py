"""Is everything done that was asked for? Then, and only then, a request closes by itself (T40)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

COMPLETED = "completed"
OVER = frozenset(
    {
        "declined",
        "redirected",
        "returned",
        "withdrawn",
        "cancelled",
        COMPLETED,
        "entered_in_error",
    }
)


class Step(Protocol):
    """One step of a referral, as it was told."""

    @property
    def referral_id(self) -> UUID:
        """Return which referral took it."""

    @property
    def state(self) -> str:
        """Return where it led."""

    @property
    def needs(self) -> Sequence[str] | None:
        """Return the needs it was told with, if it was."""


def every_need_met(needs: Iterable[str], steps: Iterable[Step]) -> bool:
    """Tell whether no referral is live and each of *needs* has a completed one.

    *steps* come in the order in which each referral took them.
    """
    now: dict[UUID, str] = {}
    about: dict[UUID, set[str]] = {}
    for step in steps:
        now[step.referral_id] = step.state
        about.setdefault(step.referral_id, set()).update(step.needs or ())
    if not now or any(state not in OVER for state in now.values()):
        return False
    done = (about[one] for one, state in now.items() if state == COMPLETED)
    return set(needs) <= set().union(*done)
