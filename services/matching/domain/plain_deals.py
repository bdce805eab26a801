"""The words people read for agreements between agencies."""

from __future__ import annotations

from services.matching.domain.deals import CASE_REVIEW, REFER, Rule, Stage

STAGES: dict[Stage, str] = {
    Stage.INVITED: "Invited",
    Stage.TRIAL: "On trial",
    Stage.FULL: "Full partner",
    Stage.SUSPENDED: "Paused",
    Stage.ENDED: "Ended",
}
STAGE_HINTS: dict[Stage, str] = {
    Stage.INVITED: "Asked to join. No referrals pass yet.",
    Stage.TRIAL: "Referrals pass, as many at a time as you allow.",
    Stage.FULL: "Referrals pass without a limit.",
    Stage.SUSPENDED: "No new referrals pass. What is under way goes on.",
    Stage.ENDED: "It has left this agreement. What is under way goes on.",
}
TONES: dict[Stage, str] = {
    Stage.INVITED: "neutral",
    Stage.TRIAL: "waiting",
    Stage.FULL: "good",
    Stage.SUSPENDED: "urgent",
    Stage.ENDED: "neutral",
}
FOR: dict[str, str] = {
    REFER: "Referring people to each other",
    CASE_REVIEW: "Case reviews",
}
KINDS: dict[str, str] = {
    "identity": "Name and date of birth",
    "contact": "Phone, e-mail and how to reach the person safely",
    "address": "Home address",
    "story": "What the person told",
    "household": "Who lives with the person",
    "access_needs": "Support the person needs to use a service",
    "health": "Health",
    "risk": "Safety",
}
"""The categories as agencies speak of them among themselves."""
WHY_NOT: dict[str, str] = {
    Rule.MISSING: "There is no agreement between these two agencies.",
    Rule.NOT_BEGUN: "The agreement between these two agencies has not begun.",
    Rule.EXPIRED: "The agreement between these two agencies has expired.",
    Rule.SUSPENDED: "The agreement between these two agencies is paused.",
    Rule.ENDED: "The agreement between these two agencies has ended.",
    Rule.ONE_WAY: "The agreement does not allow referrals in this direction.",
    Rule.TRIAL_FULL: "The trial allows no more open referrals at the same time.",
    Rule.DATA: "The agreement does not cover the information this service needs.",
}
