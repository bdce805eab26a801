"""How capacity, authority and a child's competence come in with a consent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import RAISE, Schema, fields, validate

from services.intake.domain.capacity import Authority, Capacity, Competence

if TYPE_CHECKING:
    from collections.abc import Mapping

LINE, NOTE = validate.Length(max=200), validate.Length(max=2000)


class _Strict(Schema):
    class Meta:
        """Refuse what we do not know."""

        unknown = RAISE


class CapacitySchema(_Strict):
    """Whether the person could decide this, as somebody assessed it."""

    outcome = fields.String(required=True)
    assessor = fields.String(required=True, validate=LINE)
    assessed_on = fields.Date(required=True)
    support_given = fields.String(load_default="", validate=NOTE)
    best_interests = fields.String(load_default="", validate=NOTE)
    review_due = fields.Date(load_default=None, allow_none=True)


class AuthoritySchema(_Strict):
    """Who decides for the person, and what was seen to prove that they may."""

    name = fields.String(required=True, validate=LINE)
    proof_seen = fields.String(required=True, validate=LINE)
    checked_on = fields.Date(required=True)


class CompetenceSchema(_Strict):
    """Whether a child under 16 understands enough to decide, and if a parent knows."""

    outcome = fields.String(required=True)
    assessor = fields.String(required=True, validate=LINE)
    assessed_on = fields.Date(required=True)
    rationale = fields.String(required=True)
    parent_informed = fields.Boolean(required=True, truthy={True}, falsy={False})
    why_not_informed = fields.String(load_default="", validate=NOTE)


def evidence_from(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was told of them and could be read as a whole."""
    kinds = {"capacity": Capacity, "authority": Authority, "competence": Competence}
    return {name: _made(kind, told.get(name)) for name, kind in kinds.items()}


def _made(kind: type, told: object) -> Any:  # noqa: ANN401 - one of the three
    if not isinstance(told, dict):
        return None
    try:
        return kind(**told)
    except TypeError:  # a part could not be read; that is named already
        return None
