"""The log as anyone may fetch it: checkpoint, key and hash tiles (c2sp.org/tlog-tiles).

Nothing here is about a person; the entries themselves are for the hub's own verifier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app

from services.audit.domain.errors import FormatError
from services.audit.domain.tiles import HEIGHT, Tile, pack_entries, parse_path, within
from services.audit.errors import EntryNotFoundError
from services.audit.reading import let_take, published
from shared.errors import NotFoundError
from shared.web import current_store
from shared.web.access import client, principal, public

if TYPE_CHECKING:
    from services.audit.signer import Signer

bp = Blueprint("log", __name__, url_prefix="/audit/log")

FOREVER = "public, max-age=31536000, immutable"
OCTETS = "application/octet-stream"


def signer() -> Signer:
    """Return the signer of this log."""
    found: Signer = current_app.extensions["audit.signer"]
    return found


@bp.get("/checkpoint")
@public("whoever keeps a checkpoint can later prove that nothing was rewritten")
def checkpoint() -> Response:
    """Return the signed head of the log."""
    with current_store().read() as tx:
        row = published(tx, signer())
    if row is None:
        raise NotFoundError
    return Response(row.note, mimetype="text/plain")


@bp.get("/vkey")
@public("a signature is worth nothing without the key")
def vkey() -> Response:
    """Return the key that checks the log's signatures."""
    return Response(f"{signer().vkey}\n", mimetype="text/plain")


@bp.get("/tile/<int:level>/<path:rest>")
@public("hashes tell nothing of what was hashed, and let anyone check the tree")
def hash_tile(level: int, rest: str) -> Response:
    """Return a tile of hashes."""
    tile = _wanted(f"{level}/{rest}")
    with current_store().read() as tx:
        _grown_to(tile, tx.head().size)
        data = b"".join(tx.hashes(HEIGHT * level, tile.first, tile.width))
    return Response(data, mimetype=OCTETS, headers={"Cache-Control": FOREVER})


@bp.get("/tile/entries/<path:rest>")
@client("audit.verify")
def entry_tile(rest: str) -> Response:
    """Return a tile of entries to the hub's own verifier; that is a reading, and recorded."""
    tile = _wanted(f"entries/{rest}")
    with current_store().begin(actor=principal()) as tx:
        let_take(tx, principal(), "entries")
        _grown_to(tile, tx.head().size)
        data = pack_entries(tx.leaves(tile.first, tile.width))
    return Response(data, mimetype=OCTETS, headers={"Cache-Control": "no-store"})


def _wanted(path: str) -> Tile:
    try:
        return parse_path(path)
    except FormatError as error:
        raise NotFoundError from error


def _grown_to(tile: Tile, size: int) -> None:
    if not within(tile, size):
        raise EntryNotFoundError
