"""What matching refuses, in words.

OnwardError
|-- Permanent
|   |-- InvalidError
|   |   |-- GuideRefusedError: an entry of the guide cannot be read
|   |   |-- FileRefusedError: a file to import cannot be read at all; names each place
|   |   |-- ClosureRefusedError: a closure does not say who, why, until when or what then
|   |   |-- KeyReusedError: the same Idempotency-Key came with another command
|   |   |-- KeyRefusedError: an Idempotency-Key that is empty, too long or not plain
|   |   |-- CapacityRefusedError: a figure from the future, or older than the one we have
|   |   |-- AgreementRefusedError: no agreement lets this agency refer to that one
|   |   |-- DealRefusedError: an agreement, a panel or a review breaks a rule; names each fault
|   |   `-- AnswerRefusedError: an acceptance or a refusal breaks a rule; names each fault
|   |-- NotFoundError
|   |   |-- DealNotFoundError: no such agreement, panel or case, or not for this caller
|   |   |-- LineNotFoundError: no such line on the desk, or not for this caller
|   |   |-- ServiceNotFoundError: no such service, or not for this caller
|   |   |-- RequestNotFoundError: no such request, or not for this caller
|   |   `-- ReferralNotFoundError: no such referral, or not for this caller
|   `-- ConflictError
|       |-- VersionMissingError: a command does not say which version it was based on
|       |-- StaleVersionError: it was based on an older version
|       |-- ServiceStandsError: the service stands as asked already
|       |-- NotPossibleError: the referral is in no state for it; says what is possible
|       |-- RequestRestrictedError: the request is kept, and nobody may use it now
|       |-- TwinError: this request has a live referral to this service already
|       `-- NoPlaceError: there is no place left to give
`-- Transient
    `-- CrowdedError: other writers took every place we tried to hold
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import ConflictError, InvalidError, NotFoundError, OnwardError, Transient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.domain.transitions import State
    from services.matching.importing.drafts import Flaw


class GuideRefusedError(InvalidError):
    """An entry of the guide cannot be used."""


class ClosureRefusedError(InvalidError):
    """Something in the closure needs to be put right."""


class FileRefusedError(InvalidError):
    """The file cannot be read."""

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__(" ".join(f"{flaw.place}: {flaw.detail}".lstrip(": ") for flaw in flaws))
        self.flaws = tuple(flaws)


class CapacityRefusedError(InvalidError):
    """The figure of places cannot be used."""


class AnswerRefusedError(InvalidError):
    """Something in the answer needs to be put right."""


class AgreementRefusedError(InvalidError):
    """No agreement lets this agency refer to that one."""


class DealRefusedError(InvalidError):
    """Something in the agreement or the review needs to be put right."""


class DealNotFoundError(NotFoundError):
    """There is no such agreement or panel for you to see."""


class ServiceNotFoundError(NotFoundError):
    """There is no such service for you to see."""


class ReferralNotFoundError(NotFoundError):
    """There is no such referral for you to see."""


class RequestNotFoundError(NotFoundError):
    """There is no such request for you to see."""


class LineNotFoundError(NotFoundError):
    """There is no such line on the desk for you to see."""


class VersionMissingError(ConflictError):
    """The version you have seen is missing."""

    def __init__(self) -> None:
        super().__init__("Send If-Match with the version you have seen.")


class StaleVersionError(ConflictError):
    """The referral has changed since you looked."""

    def __init__(self, version: int) -> None:
        super().__init__(f"The present version is {version}. Read it, then decide again.")
        self.members = {"version": version}


class ServiceStandsError(ConflictError):
    """The service stands so already."""


class NotPossibleError(ConflictError):
    """Things stand so that it cannot be done."""

    def __init__(self, action: str, state: State, possible: Sequence[str], why: str = "") -> None:
        now = f" Possible now: {', '.join(possible)}." if possible else ""
        said = why or f"You cannot {action} a referral that is {state}."
        super().__init__(f"{said}{now}")
        self.why = why
        self.members = {"state": str(state), "actions": list(possible)}


class NoPlaceError(ConflictError):
    """There is no place left to give."""

    def __init__(
        self,
        detail: str = (
            "All places are promised. Update how many you have, or decline with NO_CAPACITY."
        ),
        **members: object,
    ) -> None:
        super().__init__(detail)
        self.members = members


class TwinError(ConflictError):
    """The request has a live referral to this service already."""

    def __init__(self, **members: object) -> None:
        super().__init__("This service has a live referral of this request already. Go on there.")
        self.members = members


class RequestErasedError(ConflictError):
    """What was kept of the request is destroyed: nobody writes about the person any more."""

    def __init__(self) -> None:
        super().__init__("This request was erased. Nothing more is written down about the person.")


class RequestRestrictedError(ConflictError):
    """The request is kept, and nobody may use it until the restriction ends."""

    def __init__(self) -> None:
        super().__init__(
            "The person's request is restricted. It is kept, and nobody may use it now."
        )


class KeyReusedError(InvalidError):
    """The Idempotency-Key was used for another command."""

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for another command. Choose a new one.")


class KeyRefusedError(InvalidError):
    """The Idempotency-Key cannot be used."""

    def __init__(self) -> None:
        super().__init__("An Idempotency-Key has 1 to 100 plain characters.")


class CrowdedError(Transient):
    """Other writers took every place we tried to hold."""


STATUSES: dict[type[OnwardError], int] = {VersionMissingError: 428, StaleVersionError: 412}
