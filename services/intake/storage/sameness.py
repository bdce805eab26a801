"""Blind indexes by which a person's live request is known again.

Promise: the rows hold keyed hashes alone and go with the request's content. Each is kept under
one key, and under a second one beside it while the index key is replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Uuid,
    bindparam,
    delete,
    or_,
    select,
    update,
)

from services.intake.domain.sameness import MOST
from services.intake.storage import tables as t
from services.intake.storage.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Row, Select

    from shared.storage import Transaction

sameness = Table(
    "sameness",
    metadata,
    Column("request_id", Uuid, ForeignKey("request.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("digest_even", LargeBinary(16), index=True),
    Column("digest_odd", LargeBinary(16), index=True),
)
COLUMNS = (sameness.c.digest_even, sameness.c.digest_odd)
NOBODY = bytes(16)
AT_ONCE = 200


def _lookup(column: Column[bytes]) -> Select[Any]:
    """Return the one select that finds requests by up to four indexes; built once."""
    probes = [bindparam(f"digest_{place}", type_=column.type) for place in range(MOST)]
    return (
        select(
            t.request.c.id,
            t.request.c.reference,
            t.request.c.state,
            t.request.c.needs,
            t.request.c.submitter_agency_id,
        )
        .join(sameness, sameness.c.request_id == t.request.c.id)
        .where(or_(*(column == probe for probe in probes)))
        .order_by(t.request.c.id)
    )


_LOOKUPS = tuple(_lookup(column) for column in COLUMNS)
_mine, _other = sameness.alias(), sameness.alias()
_same = or_(*(_other.c[column.name] == _mine.c[column.name] for column in COLUMNS))
_ALIKE = (
    select(t.request.c.id, t.request.c.reference)
    .distinct()
    .join(_other, _other.c.request_id == t.request.c.id)
    .join(_mine, _same)
    .where(_mine.c.request_id == bindparam("request_id"), _other.c.request_id != _mine.c.request_id)
    .order_by(t.request.c.id)
)
_FORGET = delete(sameness).where(sameness.c.request_id == bindparam("request_id"))


def requests_of(digests: Sequence[Mapping[int, bytes]], tx: Transaction) -> list[Row[Any]]:
    """Return the requests that have any of these indexes, oldest first; one select, always."""
    generation = min((number for known in digests for number in known), default=0)
    asked = [known[generation] for known in digests] or [NOBODY]
    padded = (asked * MOST)[:MOST]
    values = {f"digest_{place}": digest for place, digest in enumerate(padded)}
    return tx.ask(_LOOKUPS[generation % 2], **values)


def requests_alike(request_id: UUID, tx: Transaction) -> list[Row[Any]]:
    """Return the other requests that share any index with one, oldest first."""
    return tx.ask(_ALIKE, request_id=request_id)


def keep_digests(request_id: UUID, digests: Sequence[Mapping[int, bytes]], tx: Transaction) -> None:
    """Keep the indexes of one request."""
    for place, known in enumerate(digests):
        columns = {COLUMNS[number % 2].name: digest for number, digest in known.items()}
        tx.insert(sameness, request_id=request_id, place=place, **columns)


def forget_digests(request_id: UUID, tx: Transaction) -> None:
    """Delete the indexes of one request."""
    tx.change(_FORGET, request_id=request_id)


def requests_without(generation: int, tx: Transaction) -> list[UUID]:
    """Return some requests whose indexes are not kept under the key of *generation* yet."""
    lacking = COLUMNS[generation % 2].is_(None)
    rows = select(sameness.c.request_id).where(lacking).distinct()
    return [row.request_id for row in tx.all(rows.order_by(sameness.c.request_id).limit(AT_ONCE))]


def clear_column(generation: int, tx: Transaction) -> int:
    """Empty what an earlier generation left in the column of *generation*."""
    column = COLUMNS[generation % 2]
    some = select(sameness.c.request_id).where(column.is_not(None)).distinct().limit(AT_ONCE)
    mine = sameness.c.request_id.in_(some.scalar_subquery())
    return tx.execute(update(sameness).where(mine).values({column.name: None})).rowcount
