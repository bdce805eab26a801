"""Who may be told of a request for a case review, and what a panel needs to know of it.

Promise: such a grant never counts as one to ask a service, nor the other way round.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import exists, func, or_, select

from services.matching.domain.agreement import Source
from services.matching.storage import tables as t
from services.matching.storage.case_tables import review_case
from services.matching.storage.facts_tables import basis, request_news, restricted
from shared.storage import Transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Row

    from services.matching.domain.agreement import Told

GIVEN, ENDED = "review given", "review ended"
MOST_LOOKED_AT = 500


class ReviewFactRows(Transaction):
    """Grants for case reviews, and the requests they are about."""

    def note_review_given(self, request_id: UUID, source_id: UUID, given: Told) -> None:
        """Keep to whom a consent lets a request be shown at a case review."""
        self._keep_review(request_id, source_id, GIVEN, given)

    def note_review_ended(self, request_id: UUID, source_id: UUID, ended: Told) -> None:
        """Keep that it lets somebody be shown no more."""
        self._keep_review(request_id, source_id, f"{ENDED} {self.told_version}", ended)

    def _keep_review(self, request_id: UUID, source_id: UUID, part: str, told: Told) -> None:
        kept = {str(agency): sorted(told[agency]) for agency in sorted(told)}
        which = {"request_id": request_id, "source_id": source_id, "part": part}
        self.add_unless_there(basis, **which, told=kept)

    def review_sources(self, requests: Iterable[UUID]) -> dict[UUID, tuple[Source, ...]]:
        """Return what is agreed about case reviews of these requests."""
        ids = list(requests)
        known = (basis.c.request_id.in_(ids)) & basis.c.part.like("review %")
        parts: dict[tuple[UUID, UUID], dict[str, Any]] = defaultdict(dict)
        for row in self.all(select(basis).where(known)) if ids else ():
            parts[row.request_id, row.source_id][row.part] = row.told
        found: dict[UUID, tuple[Source, ...]] = dict.fromkeys(ids, ())
        for (request_id, source_id), told in parts.items():
            found[request_id] += (_source(source_id, told),)
        return found

    def to_review(self, panel_id: UUID, requests: Iterable[UUID] | None = None) -> list[Row[Any]]:
        """Return requests somebody may talk about, the oldest first; not those on the agenda."""
        listed = exists().where(
            review_case.c.request_id == t.request_copy.c.id,
            review_case.c.panel_id == panel_id,
            review_case.c.open,
        )
        given = exists().where(basis.c.request_id == t.request_copy.c.id, basis.c.part == GIVEN)
        query = select(t.request_copy).where(given, ~listed, ~_closed())
        if requests is not None:
            query = query.where(t.request_copy.c.id.in_(list(requests)))
        order = t.request_copy.c.submitted_at, t.request_copy.c.id
        return self.all(query.order_by(*order).limit(MOST_LOOKED_AT))

    def living(self, requests: Iterable[UUID]) -> dict[UUID, Row[Any]]:
        """Return the copies of these requests that are not over, and may be used."""
        mine = t.request_copy.c.id.in_(list(requests))
        return {row.id: row for row in self.all(select(t.request_copy).where(mine, ~_closed()))}

    def request_by_reference(self, reference: str) -> Row[Any] | None:
        """Return the copy of a request by what people call it."""
        return self.one(select(t.request_copy).where(t.request_copy.c.reference == reference))

    def referrals_by_request(self, requests: Sequence[UUID]) -> dict[UUID, list[Row[Any]]]:
        """Return the referrals of each of these requests, with when each last moved."""
        event = t.referral_event.c
        moved = (
            select(func.max(event.at))
            .where(event.referral_id == t.referral.c.id)
            .correlate(t.referral)
            .scalar_subquery()
            .label("moved_at")
        )
        query = select(t.referral, moved).where(t.referral.c.request_id.in_(list(requests)))
        found: dict[UUID, list[Row[Any]]] = {request_id: [] for request_id in requests}
        for row in self.all(query.order_by(t.referral.c.id)) if requests else ():
            found[row.request_id].append(row)
        return found


def _closed() -> Any:  # noqa: ANN401 - a condition of SQLAlchemy
    request_id = t.request_copy.c.id
    over = exists().where(
        request_news.c.request_id == request_id, request_news.c.ended_by.is_not(None)
    )
    return or_(over, restricted(request_id))


def _source(source_id: UUID, told: Mapping[str, Mapping[str, Sequence[str]]]) -> Source:
    ended: dict[UUID, frozenset[str]] = {}
    for part in (part for part in told if part.startswith(ENDED)):
        for agency, kinds in _read(told[part]).items():
            ended[agency] = ended.get(agency, frozenset()) | kinds
    return Source(id=source_id, given=_read(told.get(GIVEN, {})), ended=ended)


def _read(kept: Mapping[str, Sequence[str]]) -> dict[UUID, frozenset[str]]:
    return {UUID(agency): frozenset(kinds) for agency, kinds in kept.items()}
