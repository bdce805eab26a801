"""The bodies of the partner API that tell a part of a request: drafts, changes, endings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from marshmallow import ValidationError, fields

from services.intake.errors import SubmissionRefusedError
from services.intake.http.reading import submission_from
from services.intake.http.schemas import Flag, RequestSchema, Strict, rest_of
from services.intake.usecases.draft_checks import draft_faults
from shared.errors import Fault
from shared.web.access import principal
from shared.web.current import current_store
from shared.web.problems import pointers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from marshmallow import types

WRONG = "Something in the request needs to be put right."


class PartSchema(RequestSchema):
    """As much of a request as was written; what is missing is no fault."""

    draft = Flag()

    def handle_error(
        self,
        error: ValidationError,
        data: Any,  # noqa: ANN401, ARG002 - marshmallow's signature
        *,
        many: bool,  # noqa: ARG002 - the same
        **_options: object,
    ) -> NoReturn:
        """Name the faults of shape together with those of the rules."""
        shape = [Fault(pointer, detail) for pointer, detail in pointers(error.messages)]
        readable = error.valid_data if isinstance(error.valid_data, dict) else {}
        with current_store().read(actor=principal()) as tx:
            rules = tuple(draft_faults(submission_from(readable), readable, tx))
        found = (*shape, *rest_of(rules, {fault.pointer for fault in shape}))
        raise SubmissionRefusedError(WRONG, found)


class PostedSchema(RequestSchema):
    """A whole request; with `"draft": true` only what is there is looked at."""

    draft = Flag(load_default=False)

    def load(
        self,
        data: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        many: bool | None = None,
        partial: bool | types.StrSequenceOrSet | None = None,
        unknown: types.UnknownOption | None = None,
    ) -> Any:  # noqa: ANN401 - marshmallow's signature
        """Return what was told, read whole or, for a draft, as far as it goes."""
        if isinstance(data, dict) and data.get("draft") is True:
            return PART.load(data, many=many, unknown=unknown)
        return super().load(data, many=many, partial=partial, unknown=unknown)


class ChangeSchema(PartSchema):
    """What is to be different, and why; in a draft `"draft": false` sends it."""

    reason = fields.String(load_default=None, allow_none=True)


class WithdrawalSchema(Strict):
    """Why the person no longer wants it, if they said."""

    reason = fields.String(load_default=None, allow_none=True)


class ClosingSchema(Strict):
    """How it ended; `DIED` stops every message to the person."""

    outcome = fields.String(required=True)
    comment = fields.String(load_default="", allow_none=True)


class MistakeSchema(Strict):
    """Why it should never have been made."""

    reason = fields.String(required=True)


PART = PartSchema(partial=True)
CHANGE = ChangeSchema(partial=True)
