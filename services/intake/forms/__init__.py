"""Forms as data: definitions become journeys, pages and schemas; nothing here is about one form.

Adding a question, a language or a whole journey is a change of `definitions/`.
"""

from __future__ import annotations

from services.intake.forms.conditions import DefinitionError, Told, Typed
from services.intake.forms.model import Field, Journey, Option, Page, Text, say
from services.intake.forms.reading import journey, words
from services.intake.forms.spelling import day_from, tidy
from services.intake.forms.validating import faults, schema_of, typed
from services.intake.forms.wording import shown

__all__ = [
    "DefinitionError",
    "Field",
    "Journey",
    "Option",
    "Page",
    "Text",
    "Told",
    "Typed",
    "day_from",
    "faults",
    "journey",
    "say",
    "schema_of",
    "shown",
    "tidy",
    "typed",
    "words",
]
