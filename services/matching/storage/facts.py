"""Reads and writes of what others told of consents, and of how requests went on and ended.

Promise: facts only add up; told twice, late or in another order they leave the same rows.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from sqlalchemy import (
    bindparam,
    delete,
    exists,
    literal_column,
    null,
    select,
    union_all,
    update,
)

from services.matching.domain.agreement import Agreement, Source
from services.matching.domain.transitions import LIVE
from services.matching.storage import tables as t
from services.matching.storage.desk_tables import desk_decision, desk_line
from services.matching.storage.facts_tables import basis, request_news, restriction
from shared.storage import Transaction
from shared.storage.among import among, joined
from shared.storage.prepared import Keyed, every_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Row

    from services.matching.domain.agreement import Told

Kept: TypeAlias = "Mapping[str, Sequence[str]]"

# Built once: every request that is heard asks these.
SOURCES = Keyed(select(basis), basis.c.request_id, grows=every_row)
NEWS = Keyed(select(request_news), request_news.c.request_id)
_REFERRALS = select(t.referral).where(t.referral.c.request_id == bindparam("request_id"))
_ALL_SOURCES = select(basis).where(among(basis.c.request_id, "ids"))
_copy = t.request_copy.c
_COPIES = select(_copy.id, _copy.recipients, _copy.hidden_from_agencies).where(
    among(_copy.id, "ids")
)
_COPY = select(_copy.recipients, _copy.hidden_from_agencies).where(
    _copy.id == bindparam("request_id")
)
_RESTRICTION = select(restriction.c.restricted).where(
    restriction.c.request_id == bindparam("request_id")
)
_RESTRICTED = select(restriction.c.request_id).where(
    among(restriction.c.request_id, "ids"), restriction.c.restricted
)
_withheld = union_all(
    select(restriction.c.request_id, literal_column("'restricted'").label("why")).where(
        among(restriction.c.request_id, "ids"), restriction.c.restricted
    ),
    select(request_news.c.request_id, literal_column("'erased'")).where(
        among(request_news.c.request_id, "ids"), request_news.c.erased
    ),
).subquery()
_WITHHELD = select(_withheld)
_ALIVE = select(_copy.id).where(
    among(_copy.id, "ids"),
    ~exists().where(request_news.c.request_id == _copy.id, request_news.c.ended_by.is_not(None)),
)
GIVEN, ENDED, REFUSED, OVERRIDE, OVER = "given", "ended", "refused", "override", "over"
REVIEW_BY, UPHELD, AT = "review by", "upheld", "at"
NO_WHY: dict[str, list[str]] = {"criteria": [], "reasons": []}
"""What is left of why a service was chosen: areas and ages are of the person."""
NO_NEWS = {"ended_by": None, "reason": None, "ended_at": None, "erased": False, "amended": 0}


class FactRows(Transaction):
    """What is known of a request beside its own copy."""

    def note_given(self, request_id: UUID, source_id: UUID, given: Told) -> None:
        """Keep what one consent gives."""
        self._note_fact(request_id, source_id, GIVEN, _kept(given))

    def note_ended(self, request_id: UUID, source_id: UUID, ended: Told) -> None:
        """Keep that something one consent gave holds no more; it may end piece by piece."""
        self._note_fact(request_id, source_id, f"{ENDED} {self.told_version}", _kept(ended))

    def note_refused(self, request_id: UUID, source_id: UUID, agencies: Iterable[UUID]) -> None:
        """Keep to whom the person said no."""
        self._note_fact(request_id, source_id, REFUSED, {str(agency): [] for agency in agencies})

    def note_override(
        self, request_id: UUID, source_id: UUID, given: Told, review_by: datetime
    ) -> None:
        """Keep what an override lets be shared, and until when somebody must look at it."""
        self._note_fact(request_id, source_id, OVERRIDE, _kept(given))
        self._note_fact(request_id, source_id, REVIEW_BY, {AT: [review_by.isoformat()]})

    def note_upheld(self, request_id: UUID, source_id: UUID) -> None:
        """Keep that somebody looked at an override and lets it go on."""
        self._note_fact(request_id, source_id, UPHELD, {})

    def note_over(self, request_id: UUID, source_id: UUID) -> None:
        """Keep that an override gives nothing any more."""
        self._note_fact(request_id, source_id, OVER, {})

    def _note_fact(
        self, request_id: UUID, source_id: UUID, part: str, told: dict[str, list[str]]
    ) -> None:
        which = {"request_id": request_id, "source_id": source_id, "part": part}
        self.add_unless_there(basis, **which, told=told)

    def agreement(self, request_id: UUID) -> Agreement:
        """Return what is agreed to now, by all that was heard."""
        copy = next(iter(self.ask(_COPY, request_id=request_id)), None)
        return Agreement(
            first=_told(copy.recipients) if copy else {},
            sources=self.sources(request_id),
            hidden=frozenset(UUID(a) for a in copy.hidden_from_agencies) if copy else frozenset(),
        )

    def agreements(self, ids: Iterable[UUID]) -> dict[UUID, Agreement]:
        """Return what is agreed to now of each of these requests."""
        which = joined(set(ids))
        facts: dict[UUID, dict[UUID, dict[str, Kept]]] = {}
        for row in self.ask(_ALL_SOURCES, ids=which):
            facts.setdefault(row.request_id, {}).setdefault(row.source_id, {})[row.part] = row.told
        return {
            copy.id: Agreement(
                first=_told(copy.recipients),
                sources=tuple(_source(*one, self.now) for one in facts.get(copy.id, {}).items()),
                hidden=frozenset(UUID(agency) for agency in copy.hidden_from_agencies),
            )
            for copy in self.ask(_COPIES, ids=which)
        }

    def requests_alive(self, ids: Iterable[UUID]) -> frozenset[UUID]:
        """Return which of these requests are not over."""
        return frozenset(row.id for row in self.ask(_ALIVE, ids=joined(set(ids))))

    def sources(self, request_id: UUID) -> tuple[Source, ...]:
        """Return the consents and overrides of a request, as far as was heard."""
        facts: dict[UUID, dict[str, Kept]] = {}
        for row in self.ask_of(SOURCES, request_id):
            facts.setdefault(row.source_id, {})[row.part] = row.told
        return tuple(_source(source_id, told, self.now) for source_id, told in facts.items())

    def keep_restriction(self, request_id: UUID, *, restricted: bool) -> None:
        """Keep whether a request may be used, unless newer is known."""
        now = {"restricted": restricted, "version": self.told_version}
        self.renew(restriction, request_id=request_id, **now)

    def is_restricted(self, request_id: UUID) -> bool:
        """Tell whether a request is kept but used for nothing."""
        return any(row.restricted for row in self.ask(_RESTRICTION, request_id=request_id))

    def restricted_of(self, ids: Iterable[UUID]) -> frozenset[UUID]:
        """Return which of these requests are kept but used for nothing."""
        which = joined(ids)
        found = self.ask(_RESTRICTED, ids=which) if which else []
        return frozenset(row.request_id for row in found)

    def withheld(self, ids: Iterable[UUID]) -> dict[UUID, str]:
        """Return which of these requests are restricted, or erased, which counts before it."""
        which = joined(ids)
        found = self.ask(_WITHHELD, ids=which) if which else []
        return {row.request_id: row.why for row in sorted(found, key=lambda row: row.why)[::-1]}

    def news_of(self, request_id: UUID) -> Row[Any] | None:
        """Return how a request ended and its newest amendment, as far as was heard."""
        return next(iter(self.ask_of(NEWS, request_id)), None)

    def note_end(self, request_id: UUID, ended_by: str, reason: str) -> None:
        """Keep that a request is over; the first reason that was heard stays."""
        known = self.news_of(request_id)
        told: dict[str, Any] = {"erased": True} if ended_by == "erased" else {}
        if known is None or known.ended_by is None:
            told |= {"ended_by": ended_by, "reason": reason, "ended_at": self.now}
        self._note(request_id, told)

    def note_amendment(self, request_id: UUID, version: int, codes: dict[str, Any]) -> None:
        """Keep the newest amendment of a request."""
        known = self.news_of(request_id)
        if known is None or (known.amended < version and not known.erased):
            self._note(request_id, {"amended": version, "codes": codes})

    def _note(self, request_id: UUID, told: dict[str, Any]) -> None:
        if told:
            row = {"request_id": request_id, **NO_NEWS, "codes": None, **told}
            self.insert_or_change(request_news, row, told)

    def forget_request(self, request_id: UUID) -> int:
        """Destroy what was kept of an erased request and the key of its notes; count the keys."""
        self.execute(delete(t.request_copy).where(t.request_copy.c.id == request_id))
        news = update(request_news).where(request_news.c.request_id == request_id)
        self.execute(news.values(codes=None))
        for kept, told in ((t.referral, {"explanation": NO_WHY}), (t.gap, {})):
            mine = update(kept).where(kept.c.request_id == request_id)
            self.execute(mine.values(decision=null(), **told))
        self.execute(delete(t.note).where(t.note.c.request_id == request_id))
        lines = select(desk_line.c.id).where(desk_line.c.request_id == request_id)
        said = update(desk_decision).where(desk_decision.c.line_id.in_(lines))
        self.execute(said.values(sealed=None))
        keys = delete(t.note_key).where(t.note_key.c.request_id == request_id)
        return self.execute(keys).rowcount

    def live_referrals(self, request_id: UUID) -> list[Row[Any]]:
        """Return the referrals of a request that are not over, the oldest first."""
        rows = self.referrals_of_request(request_id)
        return sorted((row for row in rows if row.state in LIVE), key=lambda row: row.id)

    def referrals_of_request(self, request_id: UUID) -> list[Row[Any]]:
        """Return every referral of a request."""
        return self.ask(_REFERRALS, request_id=request_id)

    def has_gap(self, referral_id: UUID) -> bool:
        """Tell whether it was written down that a referral could not be sent."""
        return self.one(select(t.gap.c.id).where(t.gap.c.referral_id == referral_id)) is not None


def _source(source_id: UUID, told: Mapping[str, Kept], now: datetime) -> Source:
    ended: dict[UUID, frozenset[str]] = {}
    for part in (part for part in told if part.startswith(ENDED)):
        for agency, kinds in _told(told[part]).items():
            ended[agency] = ended.get(agency, frozenset()) | kinds
    return Source(
        id=source_id,
        given=_told({**told.get(GIVEN, {}), **told.get(OVERRIDE, {})}),
        ended=ended,
        refused=frozenset(_told(told.get(REFUSED, {}))),
        consent=OVERRIDE not in told,
        over=OVER in told,
        lapsed=REVIEW_BY in told and UPHELD not in told and _review_by(told[REVIEW_BY]) <= now,
    )


def _review_by(kept: Kept) -> datetime:
    return datetime.fromisoformat(kept[AT][0])


def _told(kept: Kept) -> Told:
    return {UUID(agency): frozenset(categories) for agency, categories in kept.items()}


def _kept(told: Told) -> dict[str, list[str]]:
    return {str(agency): sorted(told[agency]) for agency in sorted(told)}
