"""Rows of requests, people and their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import bindparam, select, update

from services.intake.errors import RequestNotFoundError
from services.intake.storage import tables as t
from shared.storage import Transaction
from shared.storage.prepared import Keyed

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

    from shared.vault import Vault

# Built once: making a statement costs more than running it.
WRAPPED = Keyed(select(t.vault_key.c.wrapped), t.vault_key.c.owner_id)
REQUEST = Keyed(select(t.request), t.request.c.id)
_BY_REFERENCE = select(t.request).where(t.request.c.reference == bindparam("reference"))
_TAKEN = select(t.request.c.version).where(t.request.c.reference == bindparam("reference"))
_ONE_MORE = (
    update(t.request)
    .where(t.request.c.id == bindparam("request_id"))
    .values(version=t.request.c.version + 1)
)
_VERSION = select(t.request.c.version).where(t.request.c.id == bindparam("request_id"))
PERSON = Keyed(select(t.person), t.person.c.id)
_KEPT_ANSWER = select(t.idempotency.c.body_hash, t.idempotency.c.response).where(
    t.idempotency.c.client_id == bindparam("client_id"), t.idempotency.c.key == bindparam("key")
)


class RequestRows(Transaction):
    """Reads and writes of what one person told."""

    vault: ClassVar[Vault]

    def add_key(self, owner: str, owner_id: UUID) -> bytes:
        """Make and keep the data key of one person or request."""
        wrapped = self.vault.new_key()
        self.insert(t.vault_key, owner_id=owner_id, owner=owner, wrapped=wrapped)
        return wrapped

    def key_of(self, owner_id: UUID) -> bytes | None:
        """Return the wrapped data key of a person or request, None once it is shredded."""
        row = next(iter(self.ask_of(WRAPPED, owner_id)), None)
        return row.wrapped if row else None

    def reference_is_taken(self, reference: str) -> bool:
        """Tell whether a request has this reference already."""
        return bool(self.ask(_TAKEN, reference=reference))

    def request_row(self, request_id: UUID) -> Row[Any] | None:
        """Return the row of one request."""
        return next(iter(self.ask_of(REQUEST, request_id)), None)

    def next_version(self, request_id: UUID) -> int:
        """Take the number of what is told next of a request; it is kept as its version."""
        if not self.change(_ONE_MORE, request_id=request_id):
            raise RequestNotFoundError("there is no such request")
        version: int = self.ask(_VERSION, request_id=request_id)[0].version
        return version

    def request_by_reference(self, reference: str) -> Row[Any] | None:
        """Return the row of the request that has *reference*."""
        return self.execute(_BY_REFERENCE, {"reference": reference}).first()

    def person_row(self, person_id: UUID) -> Row[Any] | None:
        """Return the sealed row of one person."""
        return next(iter(self.ask_of(PERSON, person_id)), None)

    def kept_answer(self, client_id: str, key: str) -> Row[Any] | None:
        """Return what this client was answered under this Idempotency-Key."""
        return next(iter(self.ask(_KEPT_ANSWER, client_id=client_id, key=key)), None)
