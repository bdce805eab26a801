"""The log for partners' systems: entries by subject, actor, type and time, and their proofs."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from services.audit import reading
from services.audit.http.public_log import signer
from shared.web import current_store
from shared.web.access import client, principal
from shared.web.api import Blueprint, Moment

bp = Blueprint("entries", __name__, url_prefix="/api/v1/audit", description="The audit log")

DEFAULT, MOST = 50, 1000


class EntriesQuery(Schema):
    """Which entries are wanted."""

    subject = fields.UUID(load_default=None)
    actor = fields.String(load_default=None, validate=validate.Length(min=1, max=80))
    type = fields.String(load_default=None, validate=validate.Length(min=1, max=80))
    since = Moment(data_key="from", load_default=None)
    until = Moment(data_key="to", load_default=None)
    limit = fields.Integer(load_default=DEFAULT, validate=validate.Range(1, MOST))
    cursor = fields.Integer(load_default=None, validate=validate.Range(0, reading.LAST_SEQ))


class EntryShape(Schema):
    """One entry: its number, what the log keeps, and the hash that the tree holds."""

    seq = fields.Integer(required=True)
    leaf = fields.Dict(required=True)
    leaf_hash = fields.String(required=True, metadata={"description": "SHA-256, hexadecimal"})


class EntriesShape(Schema):
    """A page of entries, in the order of the log."""

    items = fields.List(fields.Nested(EntryShape), required=True)
    next = fields.String(required=True, allow_none=True)
    tree_size = fields.Integer(required=True, metadata={"description": "entries signed so far"})


@bp.get("/entries")
@bp.arguments(EntriesQuery, location="query")
@bp.response(200, EntriesShape)
@client("audit.read")
def list_entries(query: dict[str, Any]) -> dict[str, Any]:
    """List entries. The reading is recorded in the log itself."""
    limit, cursor = query.pop("limit"), query.pop("cursor")
    wanted = reading.Wanted(**query)
    with current_store().begin(actor=principal()) as tx:
        rows = reading.oldest_first(tx, wanted, principal(), cursor, limit + 1)
        reading.tell_of_reading(tx, "list", wanted.subject, rows)
        size = tx.head().size
    page = rows[:limit]
    items = [
        {"seq": row.seq, "leaf": reading.leaf_of(row), "leaf_hash": row.leaf_hash.hex()}
        for row in page
    ]
    following = str(page[-1].seq) if len(rows) > limit else None
    return {"items": items, "next": following, "tree_size": size}


@bp.get(f"/entries/<int(max={reading.LAST_SEQ}):seq>/proof")
@bp.response(200, description="c2sp.org/tlog-proof", content_type="text/plain")
@client("audit.read")
def show_proof(seq: int) -> Response:
    """Prove that an entry is in the log as last signed; the proof can be checked offline."""
    with current_store().read() as tx:
        reading.one(tx, seq, principal())
        reading.published(tx, signer())
        proof = reading.proof_of(tx, seq)
    return Response(str(proof), mimetype="text/plain")
