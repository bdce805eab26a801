"""One page for a partner's developers: a first request that runs, every interface, the codes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flask import render_template

from shared.codes import codes
from shared.web.access import public
from shared.web.paths import owner

if TYPE_CHECKING:
    from flask import Flask

PAGE = "/docs"
EXAMPLE = Path(__file__).parent / "templates" / "first_request.py.txt"
SERVICES = (
    ("intake", "requests for help, and the notices people agree to"),
    ("matching", "the guide, eligibility checks, referrals"),
    ("audit", "the log and its proofs"),
    ("identity", "tokens and signing keys"),
    ("notify", "messages"),
)
LISTS = {
    "Needs": "needs",
    "Urgency": "urgency",
    "Purposes of sharing": "purposes",
    "Kinds of information": "categories",
    "Sources": "sources",
    "Reasons for declining": "decline_reasons",
}


def install(app: Flask, service: str) -> None:
    """Add the page to the service that owns its path."""
    if owner(PAGE) != service:
        return

    @app.get(PAGE, endpoint="documents")
    @public("the descriptions of the interface hold no data")
    def documents() -> str:
        return render_template(
            "documents.html",
            example=EXAMPLE.read_text("utf-8"),
            services=SERVICES,
            lists=[(title, codes(name).values()) for title, name in LISTS.items()],
        )
