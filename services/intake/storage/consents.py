"""Rows of consents, their grants and the notices people were shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from services.intake.domain.consent import GIVEN, is_live
from services.intake.storage import tables as t
from shared.storage import Transaction

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

_last = (
    select(t.consent_event.c.consent_id, func.max(t.consent_event.c.sequence).label("sequence"))
    .group_by(t.consent_event.c.consent_id)
    .subquery()
)
_CONSENTS = (
    select(t.consent_record, t.consent_event.c.state)
    .join(t.consent_event, t.consent_event.c.consent_id == t.consent_record.c.id)
    .join(
        _last,
        (_last.c.consent_id == t.consent_event.c.consent_id)
        & (_last.c.sequence == t.consent_event.c.sequence),
    )
    .order_by(t.consent_record.c.recorded_at.desc(), t.consent_record.c.id.desc())
)
_NOTICE_LANGUAGES = select(t.notice_version.c.language).where(
    t.notice_version.c.id == bindparam("notice_id")
)


class ConsentRows(Transaction):
    """Reads of what a person agreed to."""

    def consents_of(self, request_id: UUID) -> list[Row[Any]]:
        """Return the consents of a request with their present state, newest first."""
        return self.all(_CONSENTS.where(t.consent_record.c.request_id == request_id))

    def live_consents(self, request_id: UUID) -> list[Row[Any]]:
        """Return the consents that may be relied on now, newest first."""
        today = self.now.date()
        rows = self.consents_of(request_id)
        return [row for row in rows if is_live(row.state, row.valid_until, today)]

    def granted(self, consent_id: UUID, purpose: str, recipient: UUID) -> frozenset[str]:
        """Return the categories a consent gives to *recipient* for *purpose*."""
        grant = t.consent_grant
        rows = self.all(
            select(grant.c.category).where(
                grant.c.consent_id == consent_id,
                grant.c.purpose == purpose,
                grant.c.recipient_agency_id == recipient,
                grant.c.decision == GIVEN,
            )
        )
        return frozenset(row.category for row in rows)

    def notice_languages(self, notice_id: str) -> frozenset[str]:
        """Return the languages a notice version exists in; none if it is not ours."""
        return frozenset(row.language for row in self.ask(_NOTICE_LANGUAGES, notice_id=notice_id))

    def notices(self) -> list[Row[Any]]:
        """Return every notice version, newest first."""
        notice = t.notice_version
        newest = notice.c.published_at.desc(), notice.c.id.desc(), notice.c.language
        return self.all(select(notice).order_by(*newest))
