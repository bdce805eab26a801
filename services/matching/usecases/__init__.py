"""What matching can be asked to do. A use case loads, decides, stores and announces."""

from __future__ import annotations

from services.matching.domain.outcomes import Came
from services.matching.usecases.accepting import Acceptance, accept
from services.matching.usecases.amending import amend_request
from services.matching.usecases.asking import answer, ask
from services.matching.usecases.cancelling import Reason, cancel, confirm_cancel, refuse_cancel
from services.matching.usecases.checking import Checked, check_eligibility
from services.matching.usecases.completing import complete, record_outcome
from services.matching.usecases.contacting import Contact, record_contact
from services.matching.usecases.content import content_of, keeps_content
from services.matching.usecases.declining import Decline, decline
from services.matching.usecases.disclosing import disclose
from services.matching.usecases.ending_by_receiver import withdraw
from services.matching.usecases.halting import acknowledge
from services.matching.usecases.holding import Hold, hold, resume_held
from services.matching.usecases.opening import open_referral
from services.matching.usecases.placing import keep_copy, place_request
from services.matching.usecases.publishing import publish_guide, set_capacity
from services.matching.usecases.reassigning import reassign
from services.matching.usecases.redirecting import redirect
from services.matching.usecases.reopening import reopen
from services.matching.usecases.reviewing import Review, review
from services.matching.usecases.starting import start
from services.matching.usecases.waiting import Waiting, wait

__all__ = [
    "Acceptance",
    "Came",
    "Checked",
    "Contact",
    "Decline",
    "Hold",
    "Reason",
    "Review",
    "Waiting",
    "accept",
    "acknowledge",
    "amend_request",
    "answer",
    "ask",
    "cancel",
    "check_eligibility",
    "complete",
    "confirm_cancel",
    "content_of",
    "decline",
    "disclose",
    "hold",
    "keep_copy",
    "keeps_content",
    "open_referral",
    "place_request",
    "publish_guide",
    "reassign",
    "record_contact",
    "record_outcome",
    "redirect",
    "refuse_cancel",
    "reopen",
    "resume_held",
    "review",
    "set_capacity",
    "start",
    "wait",
    "withdraw",
]
