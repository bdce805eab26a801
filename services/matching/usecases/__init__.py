"""What matching can be asked to do. A use case loads, decides, stores and announces."""

from __future__ import annotations

from services.matching.usecases.accepting import Acceptance, accept
from services.matching.usecases.amending import amend_request
from services.matching.usecases.asking import answer, ask
from services.matching.usecases.cancelling import Reason, cancel, confirm_cancel, refuse_cancel
from services.matching.usecases.checking import Checked, check_eligibility
from services.matching.usecases.declining import Decline, decline
from services.matching.usecases.disclosing import disclose, keeps_content
from services.matching.usecases.halting import acknowledge, withdraw
from services.matching.usecases.opening import open_referral
from services.matching.usecases.placing import keep_copy, place_request
from services.matching.usecases.publishing import publish_guide, set_capacity

__all__ = [
    "Acceptance",
    "Checked",
    "Decline",
    "Reason",
    "accept",
    "acknowledge",
    "amend_request",
    "answer",
    "ask",
    "cancel",
    "check_eligibility",
    "confirm_cancel",
    "decline",
    "disclose",
    "keep_copy",
    "keeps_content",
    "open_referral",
    "place_request",
    "publish_guide",
    "refuse_cancel",
    "set_capacity",
    "withdraw",
]
