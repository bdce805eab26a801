"""A page of a definition as the parameters of GOV.UK's macros; the template only loops.

Lists are made once per field, language and day: making them anew for each reader is slow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import escape

from services.intake.forms import Field, Typed, say, words
from services.intake.forms.grouping import grouped
from services.intake.forms.model import Option
from services.intake.http.public.boxes import boxes
from services.intake.http.public.long_lists import names_to_tick

if TYPE_CHECKING:
    from services.intake.forms import Page

Params = dict[str, Any]
HEADING, QUESTION, HIDDEN = "govuk-label--l", "govuk-label--s", "govuk-visually-hidden"
MACROS = {
    **dict.fromkeys(("text", "number", "email", "phone", "postcode"), "input"),
    "lines": "textarea",
    "story": "count",
    "choice": "radios",
    **dict.fromkeys(("choices", "codes", "agencies", "teams"), "checkboxes"),
    **dict.fromkeys(("code", "practice"), "select"),
    "date": "date",
    "instead": "instead",
}
NAMES = frozenset({"agencies", "teams"})
WIDTHS = {"day": "3", "month": "5", "year": "4"}
INPUTS: dict[str, Params] = {
    "email": {"type": "email", "spellcheck": False},
    "phone": {"type": "tel", "spellcheck": False},
    "number": {"inputmode": "numeric", "spellcheck": False},
    "postcode": {"spellcheck": False},
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What one page shows: the answers so far, what is wrong, what may be chosen, the language."""

    typed: Typed
    errors: Mapping[str, str]
    choices: Mapping[str, tuple[Option, ...]]
    language: str


def has_own_heading(page: Page) -> bool:
    """Tell whether the title stands above the fields, and is not the one field's own label."""
    asked = [field for field in page.fields if field.type != "instead"]
    return bool(page.lead) or len(asked) != 1 or bool(asked[0].label)


def widgets(page: Page, shown: Shown) -> list[Params]:
    """Return (macro, parameters) of every field of *page*, in order."""
    return [widget for field in page.fields for widget in _widgets(field, page, shown)]


def _widgets(field: Field, page: Page, shown: Shown) -> list[Params]:
    kind = MACROS[field.type]
    if field.type == "teams" and not shown.choices.get(field.name):
        return []
    ticked = shown.typed.get(field.name, [])
    if field.type in NAMES:
        (params,) = _checkboxes(field, page, shown)
        return [{"macro": "html", "html": names_to_tick(params, params.pop("items"), ticked)}]
    if kind == "checkboxes":
        groups = _checkboxes(field, page, shown)
        return [{"macro": "html", "html": boxes(params, ticked)} for params in groups]
    return [{"macro": kind, "params": _MAKERS[kind](field, page, shown)}]


def _label(field: Field, page: Page, language: str) -> Params:
    if field.label:
        return {"text": say(field.label, language), "classes": QUESTION}
    title = say(page.title, language)
    if has_own_heading(page):
        return {"text": title, "classes": HIDDEN}
    return {"text": title, "classes": HEADING, "isPageHeading": True}


def _legend(field: Field, page: Page, language: str) -> Params:
    label = _label(field, page, language)
    if label["classes"] == HIDDEN:  # a hidden legend would still be as wide as its words
        return {"html": f'<span class="{HIDDEN}">{escape(label["text"])}</span>'}
    return label | {"classes": label["classes"].replace("govuk-label", "govuk-fieldset__legend")}


def _common(field: Field, shown: Shown) -> Params:
    params: Params = {"name": field.name, "id": field.name, "idPrefix": field.name}
    if field.hint:
        params["hint"] = {"text": say(field.hint, shown.language)}
    if field.name in shown.errors:
        params["errorMessage"] = {"text": shown.errors[field.name]}
    return params


def _input(field: Field, page: Page, shown: Shown) -> Params:
    return {
        **_common(field, shown),
        **INPUTS.get(field.type, {}),
        "label": _label(field, page, shown.language),
        "value": shown.typed.get(field.name, ""),
        "classes": f"govuk-input--width-{field.width}" if field.width else "",
        "autocomplete": field.autocomplete,
    }


def _textarea(field: Field, page: Page, shown: Shown) -> Params:
    return {**_input(field, page, shown), "rows": 4, "classes": ""}


def _count(field: Field, page: Page, shown: Shown) -> Params:
    return {**_textarea(field, page, shown), "rows": 10, "maxlength": field.longest}


def _radios(field: Field, page: Page, shown: Shown) -> Params:
    return {
        **_common(field, shown),
        "fieldset": {"legend": _legend(field, page, shown.language)},
        "value": shown.typed.get(field.name, ""),
        "items": [_item(option, shown.language) for option in field.options],
    }


def _checkboxes(field: Field, page: Page, shown: Shown) -> list[Params]:
    groups = _groups(field, shown)
    made = []
    for number, (title, items) in enumerate(groups, start=1):
        params = {"name": field.name, "idPrefix": _prefix(field.name, number), "items": items}
        legend = _legend(field, page, shown.language)
        if title:
            legend = {"text": title, "classes": "govuk-fieldset__legend--m"}
        first = _common(field, shown) if number == 1 else {}
        made.append({**first, **params, "fieldset": {"legend": legend}})
    return made


def _prefix(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-group-{number}"


def _groups(field: Field, shown: Shown) -> list[tuple[str, list[Params]]]:
    if field.type == "codes":
        return _code_groups(field.source, shown.language, datetime.now(UTC).date())
    options = shown.choices.get(field.name, field.options)
    return [("", [_item(option, shown.language) for option in options])]


@cache
def _code_groups(name: str, language: str, today: date) -> list[tuple[str, list[Params]]]:
    easy = language == "easy_read"
    return [
        (
            say(title, language) if title else "",
            [
                {"value": code.code, "text": code.en, "hint": {"text": code.easy_read}}
                if name == "needs" or easy
                else {"value": code.code, "text": code.words(language)}
                for code in members
            ],
        )
        for title, members in grouped(name, today)
    ]


def _select(field: Field, page: Page, shown: Shown) -> Params:
    nothing = {"value": "", "text": say(words()["choose_one"], shown.language)}
    return {
        **_common(field, shown),
        "label": _label(field, page, shown.language),
        "value": shown.typed.get(field.name, ""),
        "items": [nothing, *_select_items(field, shown)],
    }


def _select_items(field: Field, shown: Shown) -> list[Params]:
    if field.type == "code":
        ((_, items),) = _code_groups(field.source, "en", datetime.now(UTC).date())
        return items
    return [_item(option, shown.language) for option in shown.choices.get(field.name, ())]


def _date(field: Field, page: Page, shown: Shown) -> Params:
    wrong = next((shown.errors[name] for name in field.inputs if name in shown.errors), "")
    params = {**_common(field, shown), "id": field.name}
    if wrong:
        params["errorMessage"] = {"text": wrong}
    return {
        **params,
        "fieldset": {"legend": _legend(field, page, shown.language)},
        "items": [_date_part(name, field, shown) for name in field.inputs],
    }


def _date_part(name: str, field: Field, shown: Shown) -> Params:
    width = WIDTHS[name]
    wrong = " govuk-input--error" if name in shown.errors else ""
    return {
        "id": name,
        "name": name,
        "label": say(words()[name], shown.language),
        "value": shown.typed.get(name, ""),
        "inputmode": "text",
        "autocomplete": f"{field.autocomplete}-{name}" if field.autocomplete else "",
        "classes": f"govuk-input--width-{width}{wrong}",
    }


def _instead(field: Field, _page: Page, shown: Shown) -> Params:
    chosen = shown.typed.get(field.name, "")
    return {
        "title": say(field.label, shown.language),
        "text": say(field.hint, shown.language),
        "buttons": [
            {
                "text": say(option.text, shown.language),
                "name": field.name,
                "value": option.value,
                "classes": "govuk-button--secondary",
            }
            for option in field.options
        ],
        "told": [say(o.hint, shown.language) for o in field.options if o.value == chosen],
    }


def _item(option: Option, language: str) -> Params:
    item: Params = {"value": option.value, "text": say(option.text, language)}
    return item | ({"hint": {"text": say(option.hint, language)}} if option.hint else {})


_MAKERS = {
    "input": _input,
    "textarea": _textarea,
    "count": _count,
    "radios": _radios,
    "select": _select,
    "date": _date,
    "instead": _instead,
}
