"""Whatever is done with a referral in a browser; a refused form keeps what was typed.

Promise: each is one page with one button, built from one table, and works without scripts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import redirect, render_template, request, url_for

from services.matching.domain.transitions import State
from services.matching.errors import AnswerRefusedError, NoPlaceError, NotPossibleError
from services.matching.http import outcome_fields
from services.matching.http.attempts import Press, attempt
from services.matching.http.commands import COMMANDS, Sent
from services.matching.http.form_choices import choices_of
from services.matching.http.form_fields import fault_in, read, shown
from services.matching.http.helping_words import form_for
from services.matching.http.portal import bp, seen, service_name
from services.matching.usecases import content_of
from services.matching.usecases.commanding import possible, why_not
from services.matching.working_days import calendar_for
from shared.errors import Fault
from shared.web import current_store
from shared.web.access import principal, staff
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from services.matching.http.stopping_words import Form
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral
    from services.matching.usecases.content import Content
    from shared.errors import ConflictError

ACTION = f"<any({', '.join(repr(name) for name in COMMANDS)}):action>"
AT_THE_TOP = "main-content"
NOT_READ = "What this referral is about may not be read now, so it cannot be asked."


@bp.get(f"/referrals/<uuid:referral_id>/{ACTION}")
@staff("worker", "manager")
def act_form(referral_id: UUID, action: str) -> ResponseReturnValue:
    """Show the one form of an action."""
    return _page(action, referral_id, {})


@bp.post(f"/referrals/<uuid:referral_id>/{ACTION}")
@staff("worker", "manager")
def act_now(referral_id: UUID, action: str) -> ResponseReturnValue:
    """Do it, and lead back to the referral."""
    typed = request.form
    with current_store().read() as tx:
        row = seen(referral_id, tx)
        form = form_for(action, State(row.state))
        faults = [fault for field in form.fields if (fault := fault_in(field, typed))]
        needs = _needs(form, row, content_of([row], principal(), tx), tx)
        outcomes, wrong = outcome_fields.read(typed, needs, tx)
    if faults or wrong:
        return _page(action, referral_id, typed, [*faults, *wrong])
    said = {field.name: read(field, typed) for field in form.fields}
    sent = Sent(referral_id, whole_number(typed.get("version", "")), said, outcomes)
    return _done(form, sent)


def _done(form: Form, sent: Sent) -> ResponseReturnValue:
    """Run the command once, however often the button was pressed."""
    try:
        said = {field.pointer.strip("/"): sent.said[field.name] for field in form.fields}
        press = Press(form.action, form.wanted, said)
        attempt(sent.referral, press, lambda tx: COMMANDS[form.action](sent, tx))
    except AnswerRefusedError as error:
        return _page(form.action, sent.referral, request.form, error.errors)
    except NoPlaceError as error:
        return _page(form.action, sent.referral, request.form, [Fault("", str(error))], 409)
    to = url_for("portal.show", referral_id=sent.referral, done=form.action)
    return redirect(to, code=303)


def _page(
    action: str,
    referral_id: UUID,
    typed: Any,  # noqa: ANN401 - nothing, or the form as Flask holds it
    faults: Sequence[Fault] = (),
    status: int = 422,
) -> ResponseReturnValue:
    with current_store().read() as tx:
        row = seen(referral_id, tx)
        content = content_of([row], principal(), tx)
        offered = content.doable(row, possible(principal(), row, tx))
        # A refused form is kept, but brings back nothing that its reader lost meanwhile.
        if action not in offered and not (faults and content.is_kept(row)):
            raise _why_not(action, row, content, tx)
        form = form_for(action, State(row.state))
        needs = _needs(form, row, content, tx)
        places = _places(form, faults, typed, needs)
        today = calendar_for(tx.nation()).local_date(tx.now)
        page = render_template(
            "matching/act.html",
            referral=row,
            form=form,
            service=service_name(row, tx),
            version=typed.get("version", row.version),
            fields=_fields(form, row, typed, places, tx),
            outcomes=outcome_fields.shown(typed, needs, places, tx),
            example=f"{today.day} {today.month} {today.year}",
            errors=[{"text": text, "href": f"#{_anchor(form, p)}"} for p, text in places.items()],
        )
    return page, status if faults else 200


def _why_not(
    action: str, row: Referral, content: Content, tx: MatchingTransaction
) -> ConflictError:
    """Return the refusal of a form, which offers nothing that asks for what may not be read."""
    offered = possible(principal(), row, tx)
    doable = content.doable(row, offered)
    if action in offered and action not in doable:
        return NotPossibleError(action, State(row.state), doable, NOT_READ)
    return why_not(action, principal(), row, tx)


def _needs(form: Form, row: Referral, content: Content, tx: MatchingTransaction) -> list[str]:
    """Return the needs a form asks about; none of what its reader may not read."""
    asked = form.outcomes and content.withheld(row) is None
    return outcome_fields.needs_asked(row, tx) if asked else []


def _fields(
    form: Form,
    row: Referral,
    typed: Any,  # noqa: ANN401 - as above
    places: dict[str, str],
    tx: MatchingTransaction,
) -> list[dict[str, Any]]:
    drawn = []
    for field in form.fields:
        choices = choices_of(field.choices, row, tx)
        if field.kind != "several" or choices:
            drawn.append(shown(field, typed, choices, places))
    return drawn


def _places(
    form: Form,
    faults: Sequence[Fault],
    typed: Any,  # noqa: ANN401 - as above
    needs: Sequence[str],
) -> dict[str, str]:
    """Return the sentences by the field each belongs to, the first of each field."""
    found: dict[str, str] = {}
    for fault in faults:
        within = outcome_fields.place_of(fault.pointer, typed, needs)
        of_field = (f.name for f in form.fields if fault.pointer.startswith(f.pointer))
        found.setdefault(within or next(of_field, AT_THE_TOP), fault.detail)
    return found


def _anchor(form: Form, place: str) -> str:
    day = any(field.name == place and field.kind == "day" for field in form.fields)
    return f"{place}-day" if day else place
