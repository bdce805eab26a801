"""The governance console: read the log, and check an entry of it.

Whoever reads here is recorded in the same log.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from flask import Blueprint, render_template, request

from services.audit import ed25519, reading
from services.audit.domain.errors import LogError
from services.audit.errors import EntryNotFoundError
from services.audit.http import words
from services.audit.http.public_log import signer
from shared.errors import Fault
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy import Row

    from services.audit.storage import AuditTransaction

bp = Blueprint("governance", __name__, url_prefix="/governance")

READERS = ("officer", "governance_lead", "hub_admin")
PAGE = 50
ENTRY = f"/entries/<int(max={reading.LAST_SEQ}):seq>"
FIELDS = ("reference", "type", "actor", "agency", "from", "to")


@bp.get("/")
@staff(*READERS)
def show_list() -> ResponseReturnValue:
    """List the newest entries, or those that were asked for."""
    typed = {name: request.args.get(name, "").strip()[:80] for name in FIELDS}
    before = _clamped(request.args.get("before", type=int))
    with current_store().begin(actor=principal()) as tx:
        faults: list[Fault] = []
        wanted = _wanted(tx, typed, faults)
        rows = [] if faults else reading.newest_first(tx, wanted, principal(), before, PAGE + 1)
        reading.tell_of_reading(tx, "list", wanted.subject, rows)
        people, size = reading.staff_to_choose(tx, principal()), tx.size()
        names, whole = _names(tx, rows), reading.sees_everything(tx, principal())
    page = rows[:PAGE]
    return render_template(
        "audit/entries.html",
        rows=[_cells(row, names) for row in page],
        older=page[-1].seq if len(rows) > PAGE else None,
        before=before,
        typed=typed,
        faults={fault.pointer.removeprefix("/"): fault.detail for fault in faults},
        names=names,
        people=people,
        kinds=words.kinds(),
        size=size,
        whole=whole,
    ), 422 if faults else 200


@bp.get(ENTRY)
@staff(*READERS)
def show_entry(seq: int) -> ResponseReturnValue:
    """Show one entry, and whether its proof holds."""
    with current_store().begin(actor=principal()) as tx:
        row = reading.one(tx, seq, principal())
        head = reading.published(tx, signer())
        reading.tell_of_reading(tx, "entry", row.request_id, [row])
        names = _names(tx, [row])
        proof = _proof(tx, row)
    leaf = reading.leaf_of(row)
    return render_template(
        "audit/entry.html",
        seq=seq,
        leaf=leaf,
        what=words.what(leaf),
        who=words.who(leaf, names),
        about=words.about(leaf, names),
        at=words.moment(leaf["occurred_at"]),
        action=words.ACTIONS.get(leaf.get("action", ""), ""),
        outcome=words.OUTCOMES.get(leaf.get("outcome", 0), words.OUTCOMES[0]),
        details=words.details(leaf, names),
        hash=row.leaf_hash.hex(),
        raw=_raw(row, leaf),
        size=head.tree_size if head else 0,
        **proof,
    )


@bp.get(f"{ENTRY}/proof")
@staff(*READERS)
def fetch_proof(seq: int) -> ResponseReturnValue:
    """Hand out the proof of one entry as a file."""
    with current_store().read() as tx:
        reading.one(tx, seq, principal())
        reading.published(tx, signer())
        proof = reading.proof_of(tx, seq)
    disposition = {"Content-Disposition": f'attachment; filename="entry-{seq}.tlog-proof"'}
    return str(proof), 200, {"Content-Type": "text/plain; charset=utf-8", **disposition}


def _raw(row: Row[Any], leaf: dict[str, Any]) -> str:
    if leaf["type"] == reading.DAMAGED:
        return str(row.leaf, "utf-8", "replace")
    return orjson.dumps(leaf, option=orjson.OPT_INDENT_2).decode()


def _proof(tx: AuditTransaction, row: Row[Any]) -> dict[str, Any]:
    """Check the entry's proof as an outsider would: hash, path, root, signature."""
    try:
        proof = reading.proof_of(tx, row.seq)
    except EntryNotFoundError:
        return {"proof": "waiting", "steps": 0}
    except LogError:
        return {"proof": "broken", "steps": 0}
    try:
        signed = proof.proves(row.leaf)
        holds = bool(signed.note.signed_by([signer().vkey], ed25519.fits))
    except LogError:
        holds = False
    return {"proof": "holds" if holds else "broken", "steps": len(proof.path)}


def _wanted(tx: AuditTransaction, typed: dict[str, str], faults: list[Fault]) -> reading.Wanted:
    return reading.Wanted(
        subject=_subject(tx, typed["reference"], faults),
        actor=typed["actor"] or None,
        type=typed["type"] or None,
        agency=_uuid(typed["agency"]),
        since=_day(typed, "from", faults),
        until=_day(typed, "to", faults, timedelta(days=1)),
    )


def _subject(tx: AuditTransaction, text: str, faults: list[Fault]) -> UUID | None:
    if not text:
        return None
    found = _uuid(text) or reading.request_called(tx, text.upper(), principal())
    if found is None:
        says = "No request has this reference. Check it, or use the long id."
        faults.append(Fault("/reference", says))
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _clamped(seq: int | None) -> int | None:
    return None if seq is None else max(0, min(seq, reading.LAST_SEQ))


def _day(
    typed: dict[str, str], name: str, faults: list[Fault], more: timedelta = timedelta()
) -> datetime | None:
    if not typed[name]:
        return None
    try:
        return datetime.combine(date.fromisoformat(typed[name]), time(), UTC) + more
    except (ValueError, OverflowError):
        faults.append(Fault(f"/{name}", "Enter a date as year, month, day, such as 2026-11-30."))
        return None


def _names(tx: AuditTransaction, rows: list[Row[Any]]) -> words.Names:
    ids = {row.request_id for row in rows if row.request_id}
    return words.Names(tx.staff_names(), tx.agency_names(), tx.references(ids))


def _cells(row: Row[Any], names: words.Names) -> list[object]:
    leaf = reading.leaf_of(row)
    text, tone = words.OUTCOMES.get(leaf.get("outcome", 0), words.OUTCOMES[0])
    return [
        {"text": str(row.seq), "href": f"/governance/entries/{row.seq}"},
        words.moment(leaf["occurred_at"]),
        words.what(leaf),
        words.about(leaf, names),
        words.who(leaf, names),
        {"text": text, "tone": tone},
    ]
