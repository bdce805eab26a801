"""The shape in which a partnership hands in its agreements, beside its guide.

`partnership.agreements` is `open` or `required`; `agreements` lists each with its parties,
`panels` the case reviews held under them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from services.matching.domain.deals import PURPOSES, Stage
from services.matching.errors import DealRefusedError
from services.matching.storage.deals import OPEN, REQUIRED
from shared.codes import codes
from shared.errors import Fault
from shared.web.problems import pointers

if TYPE_CHECKING:
    from collections.abc import Mapping


class PartySchema(Schema):
    """One agency under an agreement."""

    agency_id = fields.UUID(required=True)
    stage = fields.Enum(Stage, by_value=True, load_default=Stage.FULL)
    may_refer = fields.Boolean(load_default=True)
    may_receive = fields.Boolean(load_default=True)
    trial_limit = fields.Integer(
        allow_none=True, load_default=None, validate=validate.Range(1, 1000)
    )


class DealSchema(Schema):
    """One agreement; without categories it covers every kind of information."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(allow_none=True, load_default=None)
    categories = fields.List(
        fields.String(validate=validate.OneOf(list(codes("categories")))),
        load_default=lambda: list(codes("categories")),
    )
    purposes = fields.List(
        fields.String(validate=validate.OneOf(PURPOSES)), load_default=lambda: list(PURPOSES)
    )
    parties = fields.List(fields.Nested(PartySchema(unknown=EXCLUDE)), required=True)


class SeatSchema(Schema):
    """One member of staff on a panel."""

    staff_id = fields.UUID(required=True)
    agency_id = fields.UUID(required=True)


class PanelSchema(Schema):
    """One case-review panel, which meets once a week; Monday is 0."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    agreement_id = fields.UUID(required=True)
    convener_id = fields.UUID(required=True)
    weekday = fields.Integer(required=True, validate=validate.Range(0, 6))
    seats = fields.List(fields.Nested(SeatSchema(unknown=EXCLUDE)), load_default=list)


class PartnershipSchema(Schema):
    """What the partnership asks for."""

    agreements = fields.String(load_default=OPEN, validate=validate.OneOf((OPEN, REQUIRED)))


class DealsSchema(Schema):
    """All agreements of a partnership."""

    partnership = fields.Nested(PartnershipSchema(unknown=EXCLUDE), load_default=dict)
    agreements = fields.List(fields.Nested(DealSchema(unknown=EXCLUDE)), load_default=list)
    panels = fields.List(fields.Nested(PanelSchema(unknown=EXCLUDE)), load_default=list)


def read_deals(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the partnership's `rule`, `agreements` and `panels`, every default in place."""
    try:
        read: dict[str, Any] = DealsSchema(unknown=EXCLUDE).load(data)
    except ValidationError as error:
        faults = [Fault(pointer, detail) for pointer, detail in pointers(error.messages)]
        raise DealRefusedError("The agreements break a rule; see errors.", faults) from error
    rule = read["partnership"].get("agreements", OPEN)
    return {"rule": rule, "agreements": read["agreements"], "panels": read["panels"]}
