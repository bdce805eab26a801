"""Who may see which request at a case review, read from all that was heard. Opens nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Row

from services.matching.domain.case_review import Access, Step, Story, involved, why_listed
from services.matching.domain.transitions import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.matching.domain.agreement import Source
    from services.matching.domain.case_review import Why
    from services.matching.storage import MatchingTransaction


@dataclass(frozen=True, slots=True)
class Line:
    """One request that a panel might talk about, and who may see it."""

    request: Row[Any]
    story: Story
    access: Access
    unseen: frozenset[str]
    """Staff, agencies and teams that must not know of it."""

    def is_for(self, agency_id: UUID | None, whom: frozenset[str]) -> bool:
        """Tell whether whoever of this agency is known as *whom* may see the line."""
        meant = not self.unseen.isdisjoint(whom)
        return agency_id is not None and not meant and self.access.sees(agency_id)

    def is_known_to(self, agency_id: UUID | None) -> bool:
        """Tell whether codes of it may stand on a list; to others they are a disclosure."""
        return agency_id is not None and self.access.knows(agency_id)

    def why(self, tx: MatchingTransaction) -> tuple[Why, ...]:
        """Return why a panel should talk about it."""
        return why_listed(self.story, tx.now)


def lines_for(
    panel: Row[Any], requests: Sequence[Row[Any]], tx: MatchingTransaction
) -> dict[UUID, Line]:
    """Return what a panel would see of *requests*, whoever may see it."""
    ids = [row.id for row in requests]
    sources, referrals = tx.review_sources(ids), tx.referrals_by_request(ids)
    hidden = tx.hidden_from(ids)
    found = {}
    for row in requests:
        steps = tuple(_step(referral) for referral in referrals[row.id])
        access = Access(
            convener=panel.convener_id,
            consents=_consents(sources[row.id]),
            involved=involved(steps, row.referrer_agency_id),
            hidden=frozenset(UUID(agency) for agency in row.hidden_from_agencies),
        )
        story = Story(tuple(row.needs), row.threshold, row.submitted_at, steps)
        found[row.id] = Line(row, story, access, hidden[row.id])
    return found


def mine_among(lines: Mapping[UUID, Line], tx: MatchingTransaction) -> list[Line]:
    """Return the lines the caller may see."""
    caller = tx.actor
    return [line for line in lines.values() if line.is_for(caller.agency_id, caller.known_as())]


def _consents(sources: Sequence[Source]) -> dict[UUID, UUID]:
    found: dict[UUID, UUID] = {}
    for source in sorted(sources, key=lambda one: one.id):
        found.update({agency: source.id for agency in source.given if source.live(agency)})
    return found


def _step(referral: Row[Any]) -> Step:
    return Step(
        agency_id=referral.agency_id,
        state=State(referral.state),
        sent_at=referral.sent_at,
        due_at=referral.due_at,
        moved_at=referral.moved_at or referral.created_at,
    )
