"""The further rules of an entry: a list in plain words; one is added, changed or removed at a time.

Promise: whom a change adds and removes is shown before it is published; a form that is refused
keeps what was typed, and rules changed by somebody else meanwhile are never written over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import redirect, render_template, request, url_for

from services.matching.domain import rules_written as written
from services.matching.errors import ServiceNotFoundError
from services.matching.http import rule_form
from services.matching.http.entry_pages import CHANGED
from services.matching.http.rule_words import kind_words, kinds, news, rule_words, shown_rules
from services.matching.http.services_pages import WRITES, bp, own_row
from services.matching.rule_schema import MOST, SHAPES
from services.matching.storage.guide import entry_of
from services.matching.usecases.editing import change_entry, fits_others, own_or_whole
from services.matching.usecases.previewing import FEWEST_TOLD, preview_change
from shared.web import current_store
from shared.web.access import principal, staff
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask.typing import ResponseReturnValue
    from sqlalchemy import Row

    from services.matching.domain.rules_written import Place, Written
    from services.matching.storage import MatchingTransaction

    Change = Callable[[list[Written]], list[Written]]

PLACE = "place"
TOO_MANY = f"No more than {MOST} rules can stand together. Remove one first."
CHOOSE = "Choose what the rule asks about."
DONE = {"saved": "Saved. The guide says so from now on."}


@bp.get("/<uuid:service_id>/rules")
@staff(*WRITES)
def rules(service_id: UUID) -> ResponseReturnValue:
    """Show the further rules of a service in plain words."""
    return _list(service_id)


@bp.get("/<uuid:service_id>/rules/new")
@staff(*WRITES)
def new_rule(service_id: UUID) -> ResponseReturnValue:
    """Ask of which kind a new rule is, then what it says."""
    rule = request.args.get("kind")
    return _form(service_id, rule, {}, {}) if rule in SHAPES else _ask_kind(service_id, rule)


@bp.post("/<uuid:service_id>/rules/new")
@staff(*WRITES)
def add_rule(service_id: UUID) -> ResponseReturnValue:
    """Publish a new rule, alone or as another way to meet one, once it was looked at."""
    rule, place = request.form.get("kind", ""), _place(request.form.get("beside", ""))
    if rule not in SHAPES:
        return _ask_kind(service_id, rule)
    new, errors = rule_form.read_rule(rule, request.form)
    if errors:
        return _form(service_id, rule, rule_form.typed_again(request.form), errors)
    if place:
        return _publish(service_id, rule, lambda old: written.beside(old, place, new))
    return _publish(service_id, rule, lambda old: [*old, new])


@bp.get("/<uuid:service_id>/rules/<place>")
@staff(*WRITES)
def edit_rule(service_id: UUID, place: str) -> ResponseReturnValue:
    """Show what one rule says, to change it."""
    old = _simple(service_id, _place(place))
    return _form(service_id, old["rule"], rule_form.typed_from(old), {})


@bp.post("/<uuid:service_id>/rules/<place>")
@staff(*WRITES)
def change_rule(service_id: UUID, place: str) -> ResponseReturnValue:
    """Publish what one rule says now, once it was looked at."""
    rule, where = request.form.get("kind", ""), _place(place)
    if rule not in SHAPES or not where:
        raise ServiceNotFoundError
    new, errors = rule_form.read_rule(rule, request.form)
    if errors:
        return _form(service_id, rule, rule_form.typed_again(request.form), errors)
    return _publish(service_id, rule, lambda old: written.replaced(old, where, new), where)


@bp.get("/<uuid:service_id>/rules/<place>/remove")
@staff(*WRITES)
def ask_removal(service_id: UUID, place: str) -> ResponseReturnValue:
    """Show whom it would newly fit without one rule; nothing is changed."""
    where = _place(place)
    with current_store().read(principal()) as tx:
        row, old = _read(service_id, tx)
        found = written.rule_at(old, where)
        if found is None:
            raise ServiceNotFoundError
        whole = {**own_or_whole(row, tx), "rules": written.removed(old, where)}
        gone = rule_words(found)
        return _look_first(row, whole, [("version", str(row.version))], tx, f"Removed: {gone}.")


@bp.post("/<uuid:service_id>/rules/<place>/remove")
@staff(*WRITES)
def remove_rule(service_id: UUID, place: str) -> ResponseReturnValue:
    """Publish the entry without one rule, whose going was looked at."""
    where = _place(place)
    return _publish(service_id, None, lambda old: written.removed(old, where), where)


def _publish(
    service_id: UUID, rule: str | None, change: Change, place: Place | None = None
) -> ResponseReturnValue:
    """Make a change of the rules that was looked at, or show it first."""
    fault, seen = None, whole_number(request.form.get("version", ""))
    with current_store().begin(actor=principal()) as tx:
        row, old = _read(service_id, tx)
        if row.version != seen or (place is not None and written.rule_at(old, place) is None):
            fault = CHANGED
        elif rule_form.are_too_many(new := change(old)):
            fault = TOO_MANY
        else:
            whole = {**own_or_whole(row, tx), "rules": new}
            if "sure" not in request.form and fits_others(row, whole, tx):
                return _look_first(row, whole, _typed(), tx, " ".join(news(old, new)))
            change_entry(service_id, whole, tx)
    if fault is None:
        to = url_for("own_services.rules", service_id=service_id, done="saved")
        return redirect(to, code=303)
    errors = {"main-content": fault}
    if rule is None:
        return _list(service_id, errors)
    return _form(service_id, rule, rule_form.typed_again(request.form), errors)


def _list(service_id: UUID, errors: Mapping[str, str] | None = None) -> ResponseReturnValue:
    with current_store().read() as tx:
        row, old = _read(service_id, tx)
        page = render_template(
            "matching/rules.html",
            service_id=service_id,
            title=entry_of(row.entry)["name"],
            rules=shown_rules(old),
            full=len(old) >= MOST,
            errors=_listed(errors or {}),
            done=DONE.get(request.args.get("done", "")),
        )
    return page, 422 if errors else 200


def _ask_kind(service_id: UUID, rule: str | None) -> ResponseReturnValue:
    beside = request.values.get("beside", "")
    errors = {"kind": CHOOSE} if rule is not None else {}
    with current_store().read() as tx:
        _, old = _read(service_id, tx)
        other = written.rule_at(old, _place(beside))
    page = render_template(
        "matching/rule_kind.html",
        service_id=service_id,
        beside=beside if other else "",
        other=rule_words(other) if other else None,
        kinds=kinds(),
        errors=_listed(errors),
    )
    return page, 422 if errors else 200


def _form(
    service_id: UUID, rule: str, typed: Mapping[str, Any], errors: Mapping[str, str]
) -> ResponseReturnValue:
    with current_store().read() as tx:
        row, old = _read(service_id, tx)
    beside = request.values.get("beside", "")
    other = written.rule_at(old, _place(beside))
    page = render_template(
        "matching/rule_form.html",
        service_id=service_id,
        title=kind_words(rule),
        kind=rule,
        beside=beside if other else "",
        other=rule_words(other) if other else None,
        version=request.form.get("version", row.version),
        fields=rule_form.questions(rule, typed, errors),
        errors=_listed(errors),
    )
    return page, 422 if errors else 200


def _look_first(
    row: Row[Any],
    whole: Mapping[str, Any],
    typed: list[tuple[str, str]],
    tx: MatchingTransaction,
    what: str,
) -> str:
    return render_template(
        "matching/entry_preview.html",
        title=entry_of(row.entry)["name"],
        back=url_for("own_services.rules", service_id=row.id),
        leave=url_for("own_services.rules", service_id=row.id),
        action=request.path,
        typed=typed,
        what=what,
        found=preview_change(row.id, whole, tx),
        fewest=FEWEST_TOLD,
    )


def _typed() -> list[tuple[str, str]]:
    return [(n, text) for n, text in request.form.items(multi=True) if n != "csrf_token"]


def _read(service_id: UUID, tx: MatchingTransaction) -> tuple[Row[Any], list[Written]]:
    row = own_row(service_id, tx)
    return row, list(own_or_whole(row, tx).get("rules") or [])


def _simple(service_id: UUID, place: Place) -> Written:
    """Return the rule at *place* if it has a form, and is not a list of others."""
    with current_store().read() as tx:
        _, old = _read(service_id, tx)
    found = written.rule_at(old, place)
    if found is None or found["rule"] not in SHAPES:
        raise ServiceNotFoundError
    return found


def _place(text: str) -> Place:
    """Return the way to a rule that an address names; none where it names none."""
    steps = [whole_number(part) for part in text.split("-")]
    return tuple(step for step in steps if step is not None) if None not in steps else ()


def _listed(errors: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"text": text, "href": f"#{name}"} for name, text in errors.items()]
