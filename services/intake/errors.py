"""What intake refuses, in words.

OnwardError
`-- Permanent
    |-- InvalidError
    |   |-- SubmissionRefusedError: a story or its consent breaks a rule; names each fault
    |   |-- OverrideRefusedError: sharing without agreement, or its review, lacks something
    |   |-- ConsentRefusedError: what was said of a consent breaks a rule; names each fault
    |   `-- ListRefusedError: a jobs list cannot be read at all; says why and what to do
    |-- ConflictError
    |   |-- KeyReusedError: the same Idempotency-Key came with another body
    |   |-- AlreadyReviewedError: a second person has looked at an override already
    |   |-- DuplicateRequestError: this agency has a live request for this person already
    |   |-- RightRefusedError: what an officer asked cannot be done as things stand
    |   |-- ConsentNotPossibleError: as this consent stands, that cannot be done with it
    |   |-- VersionMissingError: a command does not say which version it was based on
    |   |-- StaleVersionError: it was based on an older version
    |   |-- NotPossibleError: the request is in no state for it; says what is possible
    |   `-- NoticeChangedError: a published notice would be changed
    |-- ForbiddenError
    |   `-- OwnOverrideError: nobody reviews what they recorded themselves
    |-- NotFoundError
    |   |-- LeadNotFoundError: no such list, lead or flag, or not for this caller
    |   |-- ConsentNotFoundError: no such consent, or not for this caller
    |   |-- RequestNotFoundError: no such request, or not for this caller
    |   |-- NotDisclosedError: the gate stays closed; tells an agency no more than that
    |   `-- NoNoticeError: no notice has been published yet
    |-- KeyMissingError: the Idempotency-Key that must come with a POST did not
    `-- KeyRefusedError: what should be a public key for a release is none
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    OnwardError,
    Permanent,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


class SubmissionRefusedError(InvalidError):
    """Something in the request needs to be put right."""


class ListRefusedError(InvalidError):
    """A list cannot be read."""


class RotaRefusedError(InvalidError):
    """Hours cannot be put on the duty rota, or it was changed meanwhile; each fault is named."""


class OverrideRefusedError(InvalidError):
    """Something about this sharing needs to be put right."""


class AlreadyReviewedError(ConflictError):
    """Somebody has looked at this already."""


class OwnOverrideError(ForbiddenError):
    """Somebody else must look at what you recorded."""


class ConsentRefusedError(InvalidError):
    """Something in this consent needs to be put right."""


class ConsentNotPossibleError(ConflictError):
    """As this consent stands, that cannot be done with it."""


class ConsentNotYoursError(ForbiddenError):
    """Somebody else decides this."""


class ConsentNotFoundError(NotFoundError):
    """There is no such consent for you to see."""


class KeyReusedError(ConflictError):
    """The Idempotency-Key was used for another request."""


class DuplicateRequestError(ConflictError):
    """Your agency has made this request already."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"Your agency has a live request for this person: {reference}.")
        self.members = {"reference": reference}


class RightRefusedError(ConflictError):
    """It cannot be done as things stand."""


class VersionMissingError(ConflictError):
    """The version you have seen is missing."""

    def __init__(self) -> None:
        super().__init__("Send If-Match with the version you have seen.")


class StaleVersionError(ConflictError):
    """The request has changed since you looked."""

    def __init__(self, version: int) -> None:
        super().__init__(f"The present version is {version}. Read it, then decide again.")
        self.members = {"version": version}


class NotPossibleError(ConflictError):
    """Things stand so that it cannot be done."""

    def __init__(self, action: str, state: str, possible: Sequence[str]) -> None:
        now = f" Possible now: {', '.join(possible)}." if possible else ""
        super().__init__(f"You cannot {action} a request that is {state}.{now}")
        self.members = {"state": state, "actions": list(possible)}


class NoticeChangedError(ConflictError):
    """A notice that was published never changes."""


class RequestNotFoundError(NotFoundError):
    """There is no such request for you to see."""


class LeadNotFoundError(NotFoundError):
    """There is nothing here for you to see."""


class NotDisclosedError(NotFoundError):
    """There is nothing here for you to see."""


class NoNoticeError(NotFoundError):
    """No notice has been published yet."""


class KeyMissingError(Permanent):
    """An Idempotency-Key is needed here."""


class KeyRefusedError(Permanent):
    """What should be a public key for a release is none."""


STATUSES: dict[type[OnwardError], int] = {VersionMissingError: 428, StaleVersionError: 412}
