"""/api/v1/notices: the wording a partner shows before it asks for consent."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from services.intake.http.schemas import PageQuery
from services.intake.usecases import notices
from shared.web.access import client, principal
from shared.web.api import Blueprint
from shared.web.current import current_store

bp = Blueprint("notices", __name__, url_prefix="/api/v1/notices", description="Notices")


class NoticeSchema(Schema):
    """What people are told before they agree."""

    id = fields.String()
    language = fields.String()
    sha256 = fields.String()
    text = fields.String()
    current = fields.Boolean()


class NoticesSchema(Schema):
    """A list of notices."""

    items = fields.List(fields.Nested(NoticeSchema))
    next = fields.String(allow_none=True)


@bp.get("")
@client("consent.read")
@bp.arguments(PageQuery, location="query")
@bp.response(200, NoticesSchema)
def show(query: dict[str, Any]) -> dict[str, Any]:
    """Show every notice version, newest first."""
    with current_store().read(actor=principal()) as tx:
        found = {f"{notice.id}.{notice.language}": notice for notice in notices(tx)}
    names = list(found)
    start = names.index(query["cursor"]) + 1 if query["cursor"] in found else 0
    chosen = names[start : start + query["limit"]]
    more = start + query["limit"] < len(names)
    return {"items": [found[name] for name in chosen], "next": chosen[-1] if more else None}
