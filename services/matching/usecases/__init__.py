"""What matching can be asked to do. A use case loads, decides, stores and announces."""

from __future__ import annotations

from services.matching.usecases.accepting import Acceptance, accept
from services.matching.usecases.checking import Checked, check_eligibility
from services.matching.usecases.declining import Decline, decline
from services.matching.usecases.disclosing import disclose, keeps_content
from services.matching.usecases.opening import open_referral
from services.matching.usecases.placing import keep_copy, place_request
from services.matching.usecases.publishing import publish_guide, set_capacity

__all__ = [
    "Acceptance",
    "Checked",
    "Decline",
    "accept",
    "check_eligibility",
    "decline",
    "disclose",
    "keep_copy",
    "keeps_content",
    "open_referral",
    "place_request",
    "publish_guide",
    "set_capacity",
]
