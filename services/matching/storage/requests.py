"""Matching's copy of each request, in codes; its gaps; its sealed notes; and who the staff are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select, update

from services.matching.errors import RequestErasedError
from services.matching.storage import tables as t
from services.matching.storage.facts_tables import request_news
from services.matching.storage.hiding import HidingRows
from shared.storage.prepared import Keyed, every_row
from shared.vault import Context

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Row

    from shared.vault import Vault


PLACED = Keyed(select(t.placed), t.placed.c.request_id, grows=every_row)

_STAFF = select(t.staff.c.id, t.staff.c.name).where(
    t.staff.c.agency_id == bindparam("agency", type_=t.staff.c.agency_id.type)
)


class RequestRows(HidingRows):
    """Reads and writes of what belongs to a request."""

    vault: Vault

    def place_once(self, request_id: UUID) -> bool:
        """Note that a request is placed; False if it was placed before."""
        if self.is_placed(request_id):
            return False
        self.insert(t.placed, request_id=request_id, at=self.now)
        return True

    def is_placed(self, request_id: UUID) -> bool:
        """Tell whether a request was placed, so that there may be referrals of it."""
        return bool(self.ask_of(PLACED, request_id))

    def request_copy(self, request_id: UUID) -> Row[Any] | None:
        """Return the copy of a request."""
        return self.one(select(t.request_copy).where(t.request_copy.c.id == request_id))

    def keep_request(self, hidden_from: Sequence[str], **values: Any) -> None:  # noqa: ANN401
        """Write the copy of a request, and which staff and agencies must not see it."""
        self.renew(t.request_copy, **values, heard_at=self.now)
        self._hide(values["id"], hidden_from)

    def amend_copy(
        self, request_id: UUID, version: int, hidden_from: Sequence[str], codes: dict[str, Any]
    ) -> None:
        """Bring the copy of a request up to an amendment, unless it is as new already."""
        older = (t.request_copy.c.id == request_id) & (t.request_copy.c.version < version)
        change = update(t.request_copy).where(older).values(version=version, **codes)
        if self.execute(change).rowcount:
            mine = t.hidden_from.c.request_id == request_id
            self.execute(delete(t.hidden_from).where(mine))
            self._hide(request_id, hidden_from)

    def _hide(self, request_id: UUID, from_whom: Sequence[str]) -> None:
        for one in sorted(set(from_whom)):
            self.add_unless_there(t.hidden_from, request_id=request_id, staff_id=one)

    def note_gap(
        self,
        request_id: UUID,
        need: str,
        *,
        area_codes: Sequence[str],
        reasons: Sequence[str],
        **about: Any,  # noqa: ANN401 - column values
    ) -> None:
        """Write down that a need was not met here, and why; *about* which service or referral."""
        beside = {"referral_id": None, "service_id": None, "decision": None, **about}
        self.insert(
            t.gap,
            id=self.new_id(),
            at=self.now,
            request_id=request_id,
            need=need,
            area_codes=list(area_codes),
            reasons=list(reasons),
            **beside,
        )

    def keep_note(self, request_id: UUID, referral_id: UUID, kind: str, text: str) -> UUID:
        """Seal what somebody wrote about a person, under the key of that person's request."""
        note_id = self.new_id()
        place = Context("matching", "note", "sealed", note_id)
        self.insert(
            t.note,
            id=note_id,
            request_id=request_id,
            referral_id=referral_id,
            kind=kind,
            at=self.now,
            agency_id=self.actor.agency_id,
            sealed=self.seal_for(request_id, text, place),
        )
        return note_id

    def seal_for(self, request_id: UUID, text: str, place: Context) -> bytes:
        """Return *text* about a person sealed under the key of that person's request."""
        return self.vault.seal(self._key_of(request_id), text, place)

    def open_for(self, request_id: UUID, sealed: bytes, place: Context) -> str:
        """Return what was sealed so; only what records the reading may call this."""
        return self.vault.open(self._key_of(request_id), sealed, place).decode()

    def notes_of(self, referral_id: UUID) -> list[Row[Any]]:
        """Return the sealed notes of a referral, oldest first."""
        mine = select(t.note).where(t.note.c.referral_id == referral_id)
        return self.all(mine.order_by(t.note.c.id))

    def open_note(self, note: Row[Any]) -> str:
        """Return what a note says. Only `disclose` may call this."""
        place = Context("matching", "note", "sealed", note.id)
        return self.vault.open(self._key_of(note.request_id), note.sealed, place).decode()

    def _key_of(self, request_id: UUID) -> bytes:
        row = self.one(select(t.note_key.c.wrapped).where(t.note_key.c.request_id == request_id))
        if row is not None:
            return bytes(row.wrapped)
        erased = (request_news.c.request_id == request_id) & request_news.c.erased
        if self.one(select(request_news.c.request_id).where(erased)) is not None:
            raise RequestErasedError
        wrapped = self.vault.new_key()
        self.insert(t.note_key, request_id=request_id, wrapped=wrapped)
        return wrapped

    def staff_names(self, agency_id: UUID) -> dict[str, str]:
        """Return the names of an agency's own staff, by id."""
        return {str(row.id): row.name for row in self.ask(_STAFF, agency=agency_id)}
