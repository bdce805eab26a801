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

# Built once: making a statement costs more than running it.
_event, _later = t.consent_event, t.consent_event.alias()
_latest = select(func.max(_later.c.sequence)).where(_later.c.consent_id == t.consent_record.c.id)
_CONSENTS = (
    select(t.consent_record, _event.c.state)
    .join(_event, _event.c.consent_id == t.consent_record.c.id)
    .where(
        t.consent_record.c.request_id == bindparam("request_id"),
        _event.c.sequence == _latest.correlate(t.consent_record).scalar_subquery(),
    )
    .order_by(t.consent_record.c.recorded_at.desc(), t.consent_record.c.id.desc())
)
_grant = t.consent_grant
_GRANTED = select(_grant.c.category).where(
    _grant.c.consent_id == bindparam("consent_id"),
    _grant.c.purpose == bindparam("purpose"),
    _grant.c.recipient_agency_id == bindparam("recipient"),
    _grant.c.decision == bindparam("decision"),
)
_NOTICE_LANGUAGES = select(t.notice_version.c.language).where(
    t.notice_version.c.id == bindparam("notice_id")
)


class ConsentRows(Transaction):
    """Reads of what a person agreed to."""

    def consents_of(self, request_id: UUID) -> list[Row[Any]]:
        """Return the consents of a request with their present state, newest first."""
        return self.ask(_CONSENTS, request_id=request_id)

    def live_consents(self, request_id: UUID) -> list[Row[Any]]:
        """Return the consents that may be relied on now, newest first."""
        today = self.now.date()
        rows = self.consents_of(request_id)
        return [row for row in rows if is_live(row.state, row.valid_until, today)]

    def granted(self, consent_id: UUID, purpose: str, recipient: UUID) -> frozenset[str]:
        """Return the categories a consent gives to *recipient* for *purpose*."""
        asked = {"consent_id": consent_id, "purpose": purpose, "recipient": recipient}
        rows = self.ask(_GRANTED, **asked, decision=GIVEN)
        return frozenset(row.category for row in rows)

    def notice_languages(self, notice_id: str) -> frozenset[str]:
        """Return the languages a notice version exists in; none if it is not ours."""
        return frozenset(row.language for row in self.ask(_NOTICE_LANGUAGES, notice_id=notice_id))

    def notices(self) -> list[Row[Any]]:
        """Return every notice version, newest first."""
        notice = t.notice_version
        newest = notice.c.published_at.desc(), notice.c.id.desc(), notice.c.language
        return self.all(select(notice).order_by(*newest))
