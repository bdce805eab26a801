"""In a demonstration only: every mail the hub sent, as whoever received it would read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

from services.notify.sink import demo_mailbox, readable
from shared.errors import NotFoundError
from shared.web import current_settings
from shared.web.access import public

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("mail", __name__, url_prefix="/demo/mail")
SHOWN = 100


@bp.get("")
@public("a demonstration's mails are for whoever tries it out; no real person is in them")
def show_all() -> ResponseReturnValue:
    """List the newest mails."""
    mailbox = demo_mailbox(current_settings())
    found = [(name, mailbox.read(name)) for name in mailbox.names()[:SHOWN]]
    rows = [_cells(name, readable(mail)) for name, mail in found if mail is not None]
    return render_template("notify/mails.html", rows=rows)


def _cells(name: str, mail: dict[str, str]) -> list[object]:
    link = {"text": mail["subject"], "href": f"/demo/mail/{name}"}
    return [link, mail["to"], mail["date"]]


@bp.get("/<name>")
@public("a demonstration's mails are for whoever tries it out; no real person is in them")
def show(name: str) -> ResponseReturnValue:
    """Show one mail."""
    mail = demo_mailbox(current_settings()).read(name)
    if mail is None:
        raise NotFoundError("there is no such mail")
    return render_template("notify/mail.html", mail=readable(mail))
