"""Rows of consents, their grants and the notices people were shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from services.intake.domain.consent import GIVEN
from services.intake.domain.ledger import usable
from services.intake.storage import tables as t
from services.intake.storage.ledger_tables import consent_asked
from shared.storage import Transaction
from shared.storage.prepared import Keyed

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

# Built once: making a statement costs more than running it.
_event, _later = t.consent_event, t.consent_event.alias()
_latest = select(func.max(_later.c.sequence)).where(_later.c.consent_id == t.consent_record.c.id)
_NOW = (
    select(t.consent_record, _event.c.state, _event.c.sequence)
    .join(_event, _event.c.consent_id == t.consent_record.c.id)
    .where(_event.c.sequence == _latest.correlate(t.consent_record).scalar_subquery())
)
CONSENTS = Keyed(
    _NOW.order_by(t.consent_record.c.recorded_at.desc(), t.consent_record.c.id.desc()),
    t.consent_record.c.request_id,
    beside={t.consent_event.c.consent_id: "id"},
)
_CONSENT = _NOW.where(t.consent_record.c.id == bindparam("consent_id"))
_EVENTS = (
    select(_event).where(_event.c.consent_id == bindparam("consent_id")).order_by(_event.c.sequence)
)
_grant = t.consent_grant
_GRANTS = select(_grant).where(_grant.c.consent_id == bindparam("consent_id")).order_by(_grant.c.id)
_GRANTED = select(_grant.c.category).where(
    _grant.c.consent_id == bindparam("consent_id"),
    _grant.c.purpose == bindparam("purpose"),
    _grant.c.recipient_agency_id == bindparam("recipient"),
    _grant.c.decision == bindparam("decision"),
    _grant.c.ended_at.is_(None),
)
_ASKED = (
    select(consent_asked)
    .where(consent_asked.c.consent_id == bindparam("consent_id"))
    .order_by(consent_asked.c.recipient_agency_id)
)
_NOTICE_LANGUAGES = select(t.notice_version.c.language).where(
    t.notice_version.c.id == bindparam("notice_id")
)
_NOTICE = select(t.notice_version).where(
    t.notice_version.c.id == bindparam("notice_id"),
    t.notice_version.c.language == bindparam("language"),
)


class ConsentRows(Transaction):
    """Reads of what a person agreed to."""

    def consents_of(self, request_id: UUID) -> list[Row[Any]]:
        """Return the consents of a request with their present state, newest first."""
        return self.ask_of(CONSENTS, request_id)

    def consent_row(self, consent_id: UUID) -> Row[Any] | None:
        """Return one consent with its present state and the number of its last event."""
        return next(iter(self.ask(_CONSENT, consent_id=consent_id)), None)

    def live_consents(self, request_id: UUID) -> list[Row[Any]]:
        """Return the consents that may be relied on now, newest first."""
        today = self.now.date()
        return [
            row
            for row in self.consents_of(request_id)
            if usable(row.state, row.valid_until, row.capable_by, today)
        ]

    def granted(self, consent_id: UUID, purpose: str, recipient: UUID) -> frozenset[str]:
        """Return the categories a consent gives to *recipient* for *purpose*, none that ended."""
        asked = {"consent_id": consent_id, "purpose": purpose, "recipient": recipient}
        rows = self.ask(_GRANTED, **asked, decision=GIVEN)
        return frozenset(row.category for row in rows)

    def grants_of(self, consent_id: UUID) -> list[Row[Any]]:
        """Return every answer of a consent, as it was given."""
        return self.ask(_GRANTS, consent_id=consent_id)

    def consent_events(self, consent_id: UUID) -> list[Row[Any]]:
        """Return what became of a consent, in order."""
        return self.ask(_EVENTS, consent_id=consent_id)

    def asked_of(self, consent_id: UUID) -> list[Row[Any]]:
        """Return which agencies a question is about, and what each would be told."""
        return self.ask(_ASKED, consent_id=consent_id)

    def notice_languages(self, notice_id: str) -> frozenset[str]:
        """Return the languages a notice version exists in; none if it is not ours."""
        return frozenset(row.language for row in self.ask(_NOTICE_LANGUAGES, notice_id=notice_id))

    def notice_row(self, notice_id: str, language: str) -> Row[Any] | None:
        """Return one notice version as it was published."""
        return next(iter(self.ask(_NOTICE, notice_id=notice_id, language=language)), None)

    def notices(self) -> list[Row[Any]]:
        """Return every notice version, newest first."""
        notice = t.notice_version
        newest = notice.c.published_at.desc(), notice.c.id.desc(), notice.c.language
        return self.all(select(notice).order_by(*newest))
