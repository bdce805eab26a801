"""Intake's own database: tables, and the transaction its use cases and handlers are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from services.intake.storage import (  # noqa: F401 - makes tables known
    access_codes,
    acknowledging,
    agreements,
    case_drafts,
    changes,
    flags,
    hidden,
    holds,
    ledger_tables,
    outreach_tables,
    overrides,
    rights,
    sameness,
    wordings,
)
from services.intake.storage.consents import ConsentRows
from services.intake.storage.guide import GuideRows
from services.intake.storage.partnership import PartnershipRows, Remembered
from services.intake.storage.requests import RequestRows
from services.intake.storage.tables import metadata

if TYPE_CHECKING:
    from shared.vault import Vault

__all__ = ["IntakeTransaction", "metadata", "transaction_with"]


class IntakeTransaction(RequestRows, ConsentRows, GuideRows, PartnershipRows):
    """A unit of work of intake; `vault` seals and opens what is personal."""


def transaction_with(vault: Vault) -> type[IntakeTransaction]:
    """Return intake's kind of transaction, holding the keys of *vault*."""
    beside = {"vault": vault, "remembered": Remembered()}
    return cast("type[IntakeTransaction]", type("IntakeTransaction", (IntakeTransaction,), beside))
