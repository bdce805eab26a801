"""The draft of the browser that is asking: found, begun, changed, thrown away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake import drafts
from services.intake.http.public import browser

if TYPE_CHECKING:
    from flask import Response

    from services.intake.drafts import Draft
    from services.intake.http.public.ways import Way
    from services.intake.storage import IntakeTransaction


def held_draft(way: Way, tx: IntakeTransaction) -> Draft | None:
    """Return this browser's draft, sent or not, or None; another member of staff has none here."""
    held = browser.held(way.cookie)
    draft = drafts.find(held, tx) if held else None
    return draft if draft and draft.owner == tx.actor.id else None


def open_draft(way: Way, tx: IntakeTransaction) -> Draft | None:
    """Return this browser's draft if it is still to be sent, or None."""
    draft = held_draft(way, tx)
    return draft if draft and not draft.sent else None


def begun_draft(way: Way, tx: IntakeTransaction) -> Draft:
    """Return this browser's open draft, or a new one: what was typed is never refused for it."""
    return open_draft(way, tx) or drafts.new_draft(tx.now, way.name, tx.actor.id)


def handed_back(response: Response, way: Way, draft: Draft) -> Response:
    """Let the browser hold the id of *draft*, if it does not already."""
    if browser.held(way.cookie) == draft.id:
        return response
    return browser.hold(response, way.cookie, draft.id)


def throw_away(way: Way, tx: IntakeTransaction) -> None:
    """Delete this browser's draft, whatever is left of it."""
    held = browser.held(way.cookie)
    if held:
        drafts.delete_draft(held, tx)
