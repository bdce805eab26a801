"""Matching's own database: tables, and the transaction its use cases and handlers are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from services.matching.storage import import_tables  # noqa: F401 - one of our tables
from services.matching.storage.candidates import CandidateRows
from services.matching.storage.deals import DealRows
from services.matching.storage.desk import DeskRows
from services.matching.storage.entries import EntryRows
from services.matching.storage.facts import FactRows
from services.matching.storage.flows import FlowRows
from services.matching.storage.guide_index import GuideIndex
from services.matching.storage.helping import HelpingRows
from services.matching.storage.inbox import InboxRows
from services.matching.storage.panels import PanelRows
from services.matching.storage.referrals import ReferralRows
from services.matching.storage.repeats import RepeatRows
from services.matching.storage.requests import RequestRows
from services.matching.storage.review_facts import ReviewFactRows
from services.matching.storage.tables import metadata
from services.matching.storage.waits import WaitRows

if TYPE_CHECKING:
    from shared.vault import Vault

__all__ = ["MatchingTransaction", "metadata", "transaction_with"]


class MatchingTransaction(
    ReferralRows,
    InboxRows,
    DeskRows,
    PanelRows,
    RequestRows,
    ReviewFactRows,
    FactRows,
    WaitRows,
    CandidateRows,
    EntryRows,
    DealRows,
    FlowRows,
    HelpingRows,
    RepeatRows,
):
    """A unit of work of matching; `vault` seals the notes people write to each other."""


def transaction_with(vault: Vault) -> type[MatchingTransaction]:
    """Return matching's kind of transaction, holding the keys of *vault*."""
    kind = type(
        "MatchingTransaction", (MatchingTransaction,), {"vault": vault, "index": GuideIndex()}
    )
    return cast("type[MatchingTransaction]", kind)
