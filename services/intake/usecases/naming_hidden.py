"""People whom a person names and who must not know: on file by that name, or sealed until found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.intake.storage.changes import keep_change
from services.intake.storage.colleagues import staff_named
from services.intake.storage.hidden_names import NAMED

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from services.intake.domain.submission import Submission
    from services.intake.storage import IntakeTransaction


def with_names_found(told: Submission, tx: IntakeTransaction) -> Submission:
    """Return *told* hidden from everybody on file by the names in it; only the others are left."""
    staff, unknown = dict.fromkeys(told.hidden_from_staff), []
    for name in filter(str.strip, told.hidden_from_names):
        found = staff_named([name], tx)
        staff |= dict.fromkeys(found)
        unknown += [] if found else [name]
    return replace(told, hidden_from_staff=tuple(sorted(staff)), hidden_from_names=tuple(unknown))


def keep_names(
    request_id: UUID, version: int, names: Collection[str], tx: IntakeTransaction
) -> None:
    """Keep the names nobody on file has, sealed, for a coordinator to look for."""
    keep_change(request_id, version, "T32", tx, code=NAMED, told={"names": list(names)})
