"""What a person reads of each stage of a referral: what has happened, what is next or late.

Promise: waiting is never called help; every sentence says who acts next.
"""

from __future__ import annotations

from services.intake.domain.stages import EXTENDED, GOES_ON, PAUSED

TONES = {
    "Received": "neutral",
    "Sent": "waiting",
    "Accepted": "good",
    "Being helped": "good",
    "Finished": "neutral",
    "Not possible": "today",
    "Stopped": "neutral",
}
HAPPENED = {
    "Received": "We have your request.",
    "Sent": "We asked {agency} to help you.",
    "Accepted": "{agency} said yes. You are waiting; they do not support you yet.",
    "Being helped": "{agency} is helping you now.",
    "Finished": "{agency} has finished helping you.",
    "Not possible": "{agency} cannot help with this.",
    "Stopped": "This was stopped. {agency} can no longer see your details.",
    EXTENDED: "{agency} looked at your wait again. It goes on until {day} at the latest.",
    PAUSED: "This is paused for now.",
    GOES_ON: "The pause is over. It goes on.",
}
"""By stage, or by what else happened in one."""
TITLES = {EXTENDED: "The wait goes on", PAUSED: "Paused", GOES_ON: "It goes on"}
NEXT = {
    "Received": "{agency} could help too. They know nothing about you unless you say yes.",
    "Sent": "{agency} reads it and answers{by}. You need not do anything.",
    "Accepted": "{agency} gets in touch with you, in the ways you said are safe.{by}",
    "Being helped": "You need not do anything here.",
    "Finished": "You need not do anything. If you need help again, you can ask again.",
    "Not possible": "You can ask again and choose another agency. Nobody new is told without you.",
    "Stopped": "Nothing more happens here unless you ask again.",
    "info_requested": "{agency} has a question first. If it is for you, ring, or wait to be rung.",
    "waiting": "You are on the waiting list. {agency} does not support you yet."
    "{by}{look}{meanwhile}",
    "on_hold": "{agency} looks at it again{by}. You can ring if you want it to go on sooner.",
    "returned": "You can ask {agency} again{by}. Until then you can ask another one.",
    "redirected": "{agency} suggests another one. Nobody new is told unless you say yes.",
    "cancel_requested": "{agency} was asked to stop, and confirms it{by}.",
}
"""By state where the stage alone does not say it, else by stage."""
USUALLY = {"Sent": ", usually within five working days"}
BY = {
    "Sent": " by {day}",
    "Accepted": " They expect to start on {day}.",
    "waiting": " They expect to start on {day}.",
    "on_hold": " by {day}",
    "returned": " from {day}",
    "cancel_requested": " by {day}",
}
LOOK = " If it has not started by {day}, they must look at it again."
LONGER = " The wait was made longer once, until {day} at the latest."
MEANWHILE = " They may be in touch now and then; that is not the start."
RESTS = "Your request is kept, and nobody uses it now. All dates wait until that is over."
LATE = {
    "Sent": "{agency} should have answered by {day}. They are late. You can ring and ask.",
    "Accepted": "{agency} wanted to start on {day}. They are late. You can ring and ask.",
    "waiting": "{agency} does not support you yet, and should have by {day}. They are late. "
    "You can ring and ask, or ask another one.",
    "on_hold": "{agency} wanted to look at it again by {day}. They are late. You can ring and ask.",
}
