"""The governance console, the whole log: check everything, take it away.

Promise: one at a time; whoever takes it away is recorded in it.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request, send_file
from werkzeug.exceptions import ServiceUnavailable

from services.audit import reading
from services.audit.domain.policy import parse_policy
from services.audit.export import export, into_folder, into_zip, policy_text
from services.audit.http import words
from services.audit.http.console import READERS
from services.audit.http.public_log import signer
from services.audit.verify.check import verify
from services.audit.verify.source import Source
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.typing import ResponseReturnValue

    from services.audit.verify.report import Report

bp = Blueprint("whole_log", __name__, url_prefix="/governance")

LONGEST_CHECKPOINT = 20_000
READING = Lock()
AGAIN_AFTER = 30  # seconds


@bp.get("/verify")
@staff(*READERS)
def ask_to_verify() -> ResponseReturnValue:
    """Explain what verifying does, and offer it."""
    return _verify_page(None, "", "")


@bp.post("/verify")
@staff(*READERS)
def verify_now() -> ResponseReturnValue:
    """Hash the whole log again, and say whether it is intact."""
    kept = request.form.get("checkpoint", "").replace("\r\n", "\n").strip()[:LONGEST_CHECKPOINT]
    since = f"{kept}\n".encode() if kept else None
    policy = parse_policy(policy_text(signer().vkey))
    with current_store().read() as tx:
        reading.published(tx, signer())
    with _alone(), tempfile.TemporaryDirectory(prefix="onward-log-") as folder:
        export(current_store(), signer().vkey, into_folder(Path(folder)))
        report = verify(Source(Path(folder)), policy, since)
        checkpoint = Path(folder, "checkpoint")
        head = checkpoint.read_text("utf-8") if checkpoint.exists() else ""
    return _verify_page(report, kept, head)


@contextmanager
def _alone() -> Iterator[None]:
    """Let nobody else read the whole log meanwhile: it takes as long as the log is, and a thread.

    Whoever comes second is asked to come back, for those who wait would take the others' threads.
    """
    if not READING.acquire(blocking=False):
        raise ServiceUnavailable(retry_after=AGAIN_AFTER)
    try:
        yield
    finally:
        READING.release()


def _verify_page(report: Report | None, kept: str, head: str) -> ResponseReturnValue:
    with current_store().read() as tx:
        whole = reading.sees_everything(tx, principal())
    return render_template(
        "audit/verify.html",
        report=report,
        kept=kept,
        head=head,
        may_take=whole,
        moment=words.moment,
    )


@bp.post("/export")
@staff("governance_lead", "hub_admin")
def take_away() -> ResponseReturnValue:
    """Hand out the whole log as a zip archive that anyone can verify."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the answer has been sent
    with _alone():
        with current_store().begin(actor=principal()) as tx:
            reading.let_take(tx, principal())
            reading.published(tx, signer())
        with into_zip(file) as write:
            export(current_store(), signer().vkey, write)
    file.seek(0)
    return send_file(
        file, mimetype="application/zip", as_attachment=True, download_name="audit-log.zip"
    )
