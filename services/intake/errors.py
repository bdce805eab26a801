"""What intake refuses, in words.

OnwardError
`-- Permanent
    |-- InvalidError
    |   `-- SubmissionRefusedError: a story or its consent breaks a rule; names each fault
    |-- ConflictError
    |   |-- KeyReusedError: the same Idempotency-Key came with another body
    |   `-- NoticeChangedError: a published notice would be changed
    |-- NotFoundError
    |   |-- RequestNotFoundError: no such request, or not for this caller
    |   |-- NotDisclosedError: the gate stays closed; tells an agency no more than that
    |   `-- NoNoticeError: no notice has been published yet
    |-- KeyMissingError: the Idempotency-Key that must come with a POST did not
    `-- KeyRefusedError: what should be a public key for a release is none
"""

from __future__ import annotations

from shared.errors import ConflictError, InvalidError, NotFoundError, Permanent


class SubmissionRefusedError(InvalidError):
    """Something in the request needs to be put right."""


class KeyReusedError(ConflictError):
    """The Idempotency-Key was used for another request."""


class NoticeChangedError(ConflictError):
    """A notice that was published never changes."""


class RequestNotFoundError(NotFoundError):
    """There is no such request for you to see."""


class NotDisclosedError(NotFoundError):
    """There is nothing here for you to see."""


class NoNoticeError(NotFoundError):
    """No notice has been published yet."""


class KeyMissingError(Permanent):
    """An Idempotency-Key is needed here."""


class KeyRefusedError(Permanent):
    """What should be a public key for a release is none."""
