"""Whom a message may have to reach: agencies, their staff, and who a request was put to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from services.notify.domain import HELD, KEPT_BACK, LIVE, Audience, State
from services.notify.storage import statements as s
from services.notify.storage.tables import (
    delivery,
    hidden_from,
    referral,
    silence,
    staff,
    untold,
)
from shared.storage import Transaction
from shared.storage.among import joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from sqlalchemy import Row


class RecipientRows(Transaction):
    """Reads and writes of who is to be told."""

    def agencies(self, ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
        """Return the agencies of *ids* that we know."""
        rows = self.ask(s.AGENCIES, ids=joined(set(ids)))
        return {row.agency_id: row for row in rows}

    def hub_phone(self) -> str | None:
        """Return the number a person may ring instead of writing."""
        hub = self.hub()
        return hub.phone if hub else None

    def hub(self) -> Row[Any] | None:
        """Return the agency that runs the partnership."""
        return next(iter(self.ask(s.HUB)), None)

    def is_hub(self, agency_id: UUID | None) -> bool:
        """Tell whether an agency runs the partnership now."""
        found = self.agencies([agency_id] if agency_id else [])
        return any(row.kind == "hub" and row.active for row in found.values())

    def colleagues(self, role: str, agencies: Iterable[UUID]) -> list[Row[Any]]:
        """Return the staff of *agencies* who have *role* now."""
        theirs = staff.c.agency_id.in_(set(agencies)) & staff.c.active
        rows = self.all(select(staff).where(theirs).order_by(staff.c.staff_id))
        return [row for row in rows if role in row.roles]

    def staff_of(self, ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
        """Return the members of staff of *ids* that we know."""
        rows = self.ask(s.STAFF, ids=joined(set(ids)))
        return {row.staff_id: row for row in rows}

    def keep_referral(self, standing: str, **sides: UUID | None) -> None:
        """Keep who is on which side of a referral and whether it goes on, unless newer is known."""
        self.renew(referral, **sides, standing=standing, version=self.told_version)

    def keep_newest_referral(self, standing: str, **sides: UUID | None) -> bool:
        """Keep the same at once; tell whether nothing newer was known."""
        return self.keep_newest(referral, **sides, standing=standing, version=self.told_version)

    def referral_row(self, referral_id: UUID) -> Row[Any] | None:
        """Return what is known of one referral."""
        return self.one(select(referral).where(referral.c.referral_id == referral_id))

    def live_referrals(self, request_id: UUID) -> list[Row[Any]]:
        """Return the referrals of a request that an agency works on now, or pauses."""
        theirs = referral.c.standing.in_((LIVE, HELD))
        mine = (referral.c.request_id == request_id) & theirs
        return self.all(select(referral).where(mine).order_by(referral.c.referral_id))

    def referrals_of(self, request_id: UUID) -> list[Row[Any]]:
        """Return all that is known of the referrals of a request."""
        return self.all(select(referral).where(referral.c.request_id == request_id))

    def silence_of(self, request_id: UUID, concerns: UUID | None = None) -> str | None:
        """Return why the person is not to be written to, or not of the agency it *concerns*."""
        known = self.ask_of(s.QUIET, request_id)
        if silenced := [row.reason for row in known if row.reason]:
            return str(silenced[0])
        return KEPT_BACK if concerns in _still_untold(known) else None

    def kept_from_person(self, request_id: UUID) -> bool:
        """Tell whether an agency came to know of a request without the person being told."""
        return any(row.agency_id for row in self.ask_of(s.QUIET, request_id))

    def be_silent(self, request_id: UUID, reason: str) -> None:
        """Keep that the person of a request is not to be written to again; the first why stays."""
        self.insert_unless_there(silence, request_id=request_id, reason=reason, at=self.now)

    def keep_untold(self, request_id: UUID, agencies: Iterable[UUID]) -> None:
        """Keep that the person was not told that these agencies know, unless they once were."""
        for agency_id in agencies:
            self.insert_unless_there(untold, request_id=request_id, agency_id=agency_id, told=False)

    def keep_told(self, request_id: UUID, agencies: Iterable[UUID]) -> None:
        """Keep that the person knows by now of these agencies, where they were not told first."""
        found = _still_untold(self.ask_of(s.QUIET, request_id))
        if known := found.intersection(agencies):
            mine = (untold.c.request_id == request_id) & untold.c.agency_id.in_(known)
            self.execute(update(untold).where(mine).values(told=True))

    def keep_hidden(self, request_id: UUID, whom: Sequence[str]) -> None:
        """Keep which staff and agencies must not know of a request, unless newer is known."""
        row = {"request_id": request_id, "whom": list(whom), "version": self.told_version}
        self.renew(hidden_from, **row)

    def show_again(self, request_id: UUID) -> None:
        """Keep that a request is hidden from nobody any more, if it was known to be."""
        mine = (hidden_from.c.request_id == request_id) & (
            hidden_from.c.version <= self.told_version
        )
        now = {"whom": [], "version": self.told_version}
        self.execute(update(hidden_from).where(mine).values(now))

    def hidden_from(self, request_id: UUID) -> frozenset[str]:
        """Return the staff and agencies that must not know of a request."""
        found = self.ask(s.HIDDEN_FROM, request_id=request_id)
        return frozenset(found[0].whom) if found else frozenset()

    def all_hidden(self, request_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
        """Return the staff and agencies that must not know, of each of these requests."""
        these = hidden_from.c.request_id.in_(set(request_ids))
        return {row.request_id: row.whom for row in self.all(select(hidden_from).where(these))}

    def unsent_to_staff(self, request_id: UUID) -> list[Row[Any]]:
        """Return what is on its way to single members of staff and has not left yet."""
        open_ = delivery.c.state == State.READY
        mine = (delivery.c.request_id == request_id) & delivery.c.recipient_staff_id.is_not(None)
        return self.all(select(delivery).where(mine, open_).order_by(delivery.c.id))

    def unsent_to_person(self, request_id: UUID) -> list[Row[Any]]:
        """Return whole what is on its way to the person of a request and has not left yet."""
        open_ = delivery.c.state.in_([State.ASKING, State.READY])
        mine = (delivery.c.request_id == request_id) & (delivery.c.audience == Audience.PERSON)
        return self.all(select(delivery).where(mine, open_).order_by(delivery.c.id))

    def newest_like(
        self, request_id: UUID, template: str, agency_id: UUID | None, *, staff_id: UUID | None
    ) -> Row[Any] | None:
        """Return the newest message about the same to the same reader, whatever became of it."""
        whom = delivery.c.recipient_agency_id.is_not_distinct_from(agency_id)
        who = delivery.c.recipient_staff_id.is_not_distinct_from(staff_id)
        what = (delivery.c.request_id == request_id) & (delivery.c.template == template)
        newest = (delivery.c.created_at.desc(), delivery.c.id.desc())
        return self.one(select(delivery).where(what, whom, who).order_by(*newest).limit(1))

    def unsent_news(
        self,
        referral_id: UUID,
        audience: Audience,
        agency_id: UUID | None,
        templates: Iterable[str],
    ) -> Row[Any] | None:
        """Return what is on its way to one side of a referral in one of *templates*."""
        open_ = delivery.c.state.in_([State.ASKING, State.READY])
        mine = (
            (delivery.c.referral_id == referral_id)
            & (delivery.c.audience == audience)
            & (delivery.c.recipient_agency_id == agency_id)
            & delivery.c.template.in_(sorted(templates))
        )
        return self.one(select(delivery).where(mine, open_).order_by(delivery.c.id))


def _still_untold(known: Iterable[Row[Any]]) -> set[UUID]:
    """Return the agencies the person was not told of, and has not been since."""
    return {row.agency_id for row in known if row.agency_id and not row.told}
