"""Receipts as pages and files: for the person at /my, for whoever referred at /requests.

Promise: a receipt never says who the person is; names of agencies stand only behind 'show',
and a worker who hands a receipt over can say so: that confirms what was said aloud.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from services.intake.errors import ConsentRefusedError
from services.intake.http.moments import moment
from services.intake.http.public import browser
from services.intake.http.public.my_visit import mine, once_shown
from services.intake.http.public.pages import language_chosen, page
from services.intake.http.receipt_pdf import as_pdf
from services.intake.http.receipt_words import in_words
from services.intake.usecases.consent_access import consent_for_referrer
from services.intake.usecases.consenting import (
    confirm_consent,
    disclosed_under,
    invalidate_consent,
    revoke_consent,
)
from services.intake.usecases.receipt_record import record_of
from services.intake.usecases.receipts import Receipt, receipt_of
from shared.codes import codes
from shared.web.access import person, principal, staff
from shared.web.current import current_store

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

own_bp = Blueprint("own_receipts", __name__, url_prefix="/my/receipts")
staff_bp = Blueprint("receipts", __name__, url_prefix="/requests")
OFFICERS = frozenset({"officer", "governance_lead"})
ENDINGS = {"revoke": revoke_consent, "invalidate": invalidate_consent}
WHYS = {
    "revoke.MADE_IN_ERROR": "It was recorded by mistake",
    "revoke.WRONG_PERSON": "It was recorded for the wrong person",
    "invalidate.NOTICE_DEFECTIVE": "What they were told was wrong or missing",
    "invalidate.NO_CAPACITY": "They could not decide this at that time",
    "invalidate.COERCION": "They did not say yes of their own will",
}
ROLES = ("worker", "manager", "coordinator", "officer", "governance_lead")
WAYS = {
    "paper": "I handed it over on paper",
    "letter": "I posted it",
    "email": "I sent it by e-mail",
}


@own_bp.get("/<uuid:consent_id>")
@person()
@once_shown("receipts")
def show(consent_id: UUID) -> Response:
    """Show one receipt to the person it belongs to."""
    words = in_words(_own(consent_id), language_chosen())
    files = {kind: url_for(f"own_receipts.{kind}", consent_id=consent_id) for kind in _FILES}
    back = url_for("my.receipts.show")
    return page("my/receipt.html", words["title"], told=words, files=files, back=back)


@own_bp.get("/<uuid:consent_id>.pdf")
@person()
@once_shown("receipts")
def pdf(consent_id: UUID) -> Response:
    """Give the person their receipt as PDF/UA."""
    return _file(_own(consent_id), "pdf", language_chosen())


@own_bp.get("/<uuid:consent_id>.json")
@person()
@once_shown("receipts")
def json(consent_id: UUID) -> Response:
    """Give the person their receipt in the shape of ISO/IEC TS 27560."""
    return _file(_own(consent_id), "json")


@staff_bp.get("/<uuid:request_id>/consents/<uuid:consent_id>")
@staff(*ROLES)
def read(request_id: UUID, consent_id: UUID) -> Response:
    """Show staff of whoever referred one receipt, to print and hand over."""
    return _staff_page(_referred(request_id, consent_id))


@staff_bp.get("/<uuid:request_id>/consents/<uuid:consent_id>.pdf")
@staff(*ROLES)
def print_out(request_id: UUID, consent_id: UUID) -> Response:
    """Give staff of whoever referred the receipt as PDF/UA."""
    return _file(_referred(request_id, consent_id), "pdf")


@staff_bp.post("/<uuid:request_id>/consents/<uuid:consent_id>")
@staff(*ROLES)
def confirm(request_id: UUID, consent_id: UUID) -> ResponseReturnValue:
    """Note that what was said aloud was confirmed to the person in writing."""
    try:
        with current_store().begin(actor=principal()) as tx:
            consent_for_referrer(consent_id, tx, request_id)
            confirm_consent(consent_id, request.form.get("how", ""), tx)
    except ConsentRefusedError:
        said = {"how": "Choose how the person got it"}
        return _staff_page(_referred(request_id, consent_id), said)
    return browser.onward(
        url_for("receipts.read", request_id=request_id, consent_id=consent_id, done="confirmed")
    )


@staff_bp.post("/<uuid:request_id>/consents/<uuid:consent_id>/end")
@staff("officer", "governance_lead")
def end(request_id: UUID, consent_id: UUID) -> ResponseReturnValue:
    """End a consent that was a mistake or never held (C7, C9), for a reason on the list."""
    name, _, reason = request.form.get("why", "").partition(".")
    try:
        with current_store().begin(actor=principal()) as tx:
            consent_for_referrer(consent_id, tx, request_id)
            ENDINGS.get(name, invalidate_consent)(consent_id, reason, tx)
    except ConsentRefusedError:
        said = {"why": "Choose why it does not count"}
        return _staff_page(_referred(request_id, consent_id), said)
    return browser.onward(
        url_for("receipts.read", request_id=request_id, consent_id=consent_id, done="ended")
    )


_FILES = ("pdf", "json")


def _own(consent_id: UUID) -> Receipt:
    with current_store().read(actor=principal()) as tx:
        return receipt_of(consent_id, tx, mine())


def _referred(request_id: UUID, consent_id: UUID) -> Receipt:
    with current_store().read(actor=principal()) as tx:
        consent_for_referrer(consent_id, tx, request_id)
        return receipt_of(consent_id, tx, request_id)


def _file(receipt: Receipt, kind: str, reads: str | None = None) -> Response:
    if kind == "json":
        answer = jsonify(record_of(receipt))
    else:
        answer = Response(as_pdf(receipt, reads), mimetype="application/pdf")
    # The file's name must not tell on a shared computer what it is about.
    answer.headers["Content-Disposition"] = f'attachment; filename="{receipt.reference}.{kind}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _staff_page(receipt: Receipt, errors: dict[str, str] | None = None) -> Response:
    entry, who = receipt.entry, principal()
    officer = not OFFICERS.isdisjoint(who.roles)
    facts: dict[str, Any] = {
        "told": in_words(receipt),
        "to_confirm": entry.confirmation in {"due", "overdue"},
        "ways": _choices(WAYS),
        "pdf": url_for("receipts.print_out", request_id=entry.request_id, consent_id=entry.id),
        "end": url_for("receipts.end", request_id=entry.request_id, consent_id=entry.id),
        "whys": _choices(WHYS) if officer and "invalidate" in entry.actions else [],
        "shown": _shown_under(entry.id) if officer else None,
        "done": request.args.get("done"),
        "errors": errors or {},
    }
    html = render_template("intake/staff/receipt.html", **facts)
    headers = {"Cache-Control": "no-store"}
    return Response(html, 422 if errors else 200, headers)


def _choices(known: dict[str, str]) -> list[dict[str, str]]:
    return [{"value": value, "text": text} for value, text in known.items()]


def _shown_under(consent_id: UUID) -> list[dict[str, str]]:
    """Return what was shown while this consent was relied on, one line each."""
    with current_store().read(actor=principal()) as tx:
        found = disclosed_under(consent_id, tx)
    known = codes("categories")
    return [
        {
            "agency": one.agency,
            "what": "; ".join(known[c].en if c in known else c for c in one.what),
            "at": moment(one.at),
        }
        for one in found
    ]
