"""The clocks of a referral as both its sides read them on its page."""

from __future__ import annotations

CLOCKS = {
    "K2": "Answer by",
    "K3": "Question answered by",
    "K4": "First contact by",
    "K5": "Support hoped to start by",
    "K6": "Start or review by",
    "K7": "Wait extended until",
    "K8": "Contact while waiting by",
    "K10": "Next step by",
    "K11": "Outcome told by",
    "T22": "Looked at again by",
    "T25": "Wish to stop settled by",
    "T26": "Stop confirmed by",
}
