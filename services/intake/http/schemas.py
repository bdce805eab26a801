"""The bodies of the partner API as they come in: shape and types, nothing unknown.

Promise: what breaks a rule is named with everything else that does. A body of the wrong
shape is still held against the rules as far as it could be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from services.intake.checks import LONGEST_STORY, faults, settled
from services.intake.errors import SubmissionRefusedError
from services.intake.http.capacity_bodies import (
    AuthoritySchema,
    CapacitySchema,
    CompetenceSchema,
)
from services.intake.http.reading import submission_from
from shared.errors import Fault
from shared.web.access import principal
from shared.web.api import Moment
from shared.web.current import current_store
from shared.web.problems import pointers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FEW, MANY = validate.Length(max=20), validate.Length(max=100)


class Strict(Schema):
    """A body in which an unknown key is a fault."""

    class Meta:
        """Refuse what we do not know."""

        unknown = RAISE


class Flag(fields.Boolean):
    """true or false, and nothing that only looks like it."""

    def _deserialize(
        self,
        value: Any,  # noqa: ANN401 - whatever JSON holds
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,  # noqa: ANN401 - marshmallow's signature
    ) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


def _texts(**how: Any) -> fields.List[Any]:  # noqa: ANN401 - marshmallow's own options
    return fields.List(fields.String(), validate=FEW, **how)


class AddressSchema(Strict):
    """Where someone lives."""

    lines = _texts(load_default=list)
    postcode = fields.String(load_default=None, allow_none=True)


class PersonSchema(Strict):
    """Who needs help."""

    given_name = fields.String(required=True)
    family_name = fields.String(load_default="")
    date_of_birth = fields.Date(load_default=None, allow_none=True)
    address = fields.Nested(AddressSchema, load_default=None, allow_none=True)
    no_fixed_abode = Flag(load_default=False)
    age = fields.Integer(strict=True, load_default=None, allow_none=True)


class ChannelSchema(Strict):
    """One way to reach the person; not known to be safe means: not used."""

    kind = fields.String(required=True)
    value = fields.String(load_default="")
    safe = fields.String(load_default="unknown")
    leave_message = Flag(load_default=False)
    name_to_ask_for = fields.String(load_default=None, allow_none=True)
    times = _texts(load_default=list)
    who_else_sees = fields.String(load_default=None, allow_none=True)


class ContactSchema(Strict):
    """How to speak with the person."""

    language = fields.String(load_default="en")
    interpreter = fields.String(load_default=None, allow_none=True)
    channels = fields.List(fields.Nested(ChannelSchema), load_default=list, validate=FEW)
    code_word = fields.String(load_default=None, allow_none=True)


class HouseholdSchema(Strict):
    """Who lives with the person."""

    lives_with = _texts(load_default=list)
    note = fields.String(load_default="")


class GrantSchema(Strict):
    """What one named agency may be told; refused unless it says given."""

    purpose = fields.String(required=True)
    recipient = fields.UUID(required=True)
    categories = _texts(required=True)
    decision = fields.String(load_default="refused")


class ConsentSchema(Strict):
    """What the person was told, and what they agreed to."""

    notice = fields.String(required=True)
    language = fields.String(required=True)
    method = fields.String(required=True)
    given_by = fields.String(required=True)
    witness = fields.String(load_default=None, allow_none=True)
    valid_until = fields.Date(required=True)
    grants = fields.List(fields.Nested(GrantSchema), required=True, validate=MANY)
    capacity = fields.Nested(CapacitySchema, load_default=None, allow_none=True)
    authority = fields.Nested(AuthoritySchema, load_default=None, allow_none=True)
    competence = fields.Nested(CompetenceSchema, load_default=None, allow_none=True)


class DiscussionSchema(Strict):
    """A talk with the service beforehand."""

    name = fields.String(required=True)
    channel = fields.String(required=True)
    at = Moment(required=True)
    agreed = Flag(load_default=False)


class NamedServiceSchema(Strict):
    """A service asked for by name."""

    service = fields.UUID(required=True)
    why_this_service = fields.String(load_default="")
    how_eligible = fields.String(load_default="")
    discussed_with = fields.Nested(DiscussionSchema, load_default=None, allow_none=True)


class RequestSchema(Strict):
    """One person's story, told once."""

    person = fields.Nested(PersonSchema, required=True)
    contact = fields.Nested(ContactSchema, required=True)
    needs = _texts(required=True)
    threshold = fields.Integer(strict=True, load_default=None, allow_none=True)
    urgency = fields.String(load_default="routine")
    story = fields.String(required=True, metadata={"maxLength": LONGEST_STORY})
    source = fields.String(required=True)
    relationship = fields.String(load_default="professional")
    consent = fields.Nested(ConsentSchema, required=True)
    referrals = fields.List(fields.Nested(NamedServiceSchema), load_default=list, validate=FEW)
    access_needs = _texts(load_default=list)
    groups = _texts(load_default=list)
    household = fields.Nested(HouseholdSchema, load_default=None, allow_none=True)
    hidden_from_agencies = fields.List(fields.UUID(), load_default=list, validate=MANY)
    hidden_from_staff = fields.List(fields.UUID(), load_default=list, validate=MANY)
    hidden_from_teams = fields.List(fields.UUID(), load_default=list, validate=MANY)
    hidden_from_names = _texts(
        load_default=list,
        metadata={
            "description": "Hidden at once from all staff whose name is like one of these. "
            "A coordinator looks for the others by the end of the next working day."
        },
    )
    onward_of = fields.UUID(load_default=None, allow_none=True)

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
            rules = tuple(faults(settled(submission_from(readable)), tx))
        found = (*shape, *rest_of(rules, {fault.pointer for fault in shape}))
        raise SubmissionRefusedError("Something in the request needs to be put right.", found)


def rest_of(rules: Iterable[tuple[str, str]], shape: set[str]) -> Iterator[Fault]:
    """Yield what the rules found in places that had the right shape."""
    for pointer, detail in rules:
        if not any(_overlap(pointer, known) for known in shape):
            yield Fault(pointer, detail)


def _overlap(one: str, other: str) -> bool:
    """Tell whether one place lies within the other, or both within one list of plain values."""
    if f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/"):
        return True
    (stem, _, last), (other_stem, _, other_last) = one.rpartition("/"), other.rpartition("/")
    return stem == other_stem and last.isdigit() and other_last.isdigit()


class ReferralQuery(Schema):
    """Which referral the details are wanted for."""

    referral = fields.UUID(required=True)


class PageQuery(Schema):
    """How much of a list, and from where."""

    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=1000))
    cursor = fields.String(load_default=None)


class SubmittedSchema(Schema):
    """A request that is safely ours."""

    id = fields.UUID()
    reference = fields.String()
    state = fields.String()
    version = fields.Integer()


class ReferralSchema(Schema):
    """One referral of a request."""

    id = fields.UUID()
    service_id = fields.UUID()
    state = fields.String()


class ShownRequestSchema(SubmittedSchema):
    """A request as its submitter sees it: nothing personal."""

    needs = fields.List(fields.String())
    urgency = fields.String()
    threshold = fields.Integer(allow_none=True)
    submitted_at = fields.AwareDateTime()
    consents = fields.List(fields.UUID())
    referrals = fields.List(fields.Nested(ReferralSchema))
