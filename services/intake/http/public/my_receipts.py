"""/my/receipts: each answer a person gave, and its receipt to read, print or keep as a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, url_for

from services.intake.http.public.my_visit import mine, once_shown
from services.intake.http.public.pages import page
from services.intake.http.public.standing import day_said, said
from services.intake.usecases import find_request
from services.intake.usecases.consenting import consents_of
from shared.web import current_store
from shared.web.access import person, principal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Response

    from services.intake.usecases.consenting import LedgerEntry

bp = Blueprint("receipts", __name__)
OPEN = frozenset({"unknown", "requested", "deferred"})
STATES = {
    "given": "This counts until {until}, unless you take it back.",
    "renewed": "You agreed again. This counts until {until}, unless you take it back.",
    "refused": "You said no. Nobody was told anything.",
    "withdrawn": "You took this back. It no longer counts.",
    "revoked": "We took this back, because it was our mistake. It no longer counts.",
    "expired": "Its time is over. It no longer counts.",
    "invalidated": "We found that this never counted.",
    "superseded": "You answered again later. That answer counts.",
}
ADDRESS = "/my/receipts/{id}{form}"
FORMS = {"": "Read the receipt", ".pdf": "Print or keep it (PDF)", ".json": "For a computer (JSON)"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer as it is listed."""

    title: str
    state: str
    links: tuple[dict[str, str], ...]


@bp.get("/receipts")
@person()
@once_shown("receipts")
def show() -> Response:
    """List what was answered, newest first."""
    with current_store().read(actor=principal()) as tx:
        found, entries = find_request(mine(), tx), consents_of(mine(), tx)
    return page(
        "my/receipts.html",
        "Your receipts",
        request_=found,
        entries=list(listed(entries)),
        back=url_for("my.details.show"),
    )


def listed(entries: Iterable[LedgerEntry]) -> Iterable[Entry]:
    """Yield each answered consent in words."""
    for entry in entries:
        if entry.state not in OPEN:
            until = day_said(entry.valid_until) if entry.valid_until else ""
            links = tuple(
                {"text": text, "href": ADDRESS.format(id=entry.id, form=form)}
                for form, text in FORMS.items()
            )
            answered = entry.events[-1].at if entry.state == "refused" else entry.recorded_at
            state = STATES[entry.state].format(until=until)
            yield Entry(f"Your answer of {said(answered)}", state, links)
