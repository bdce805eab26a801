"""The clocks of a referral as the people read them who must do something by then."""

from __future__ import annotations

CLOCKS = {
    "K2": "Answer by",
    "K3": "Question to be answered by",
    "K4": "First contact by",
    "K5": "Support hoped to start by",
    "K6": "Start or review by",
    "K7": "Wait extended until",
    "K8": "See how they are by",
    "K10": "Next step by",
    "K11": "Say what came of it by",
    "T22": "Look at it again by",
    "T25": "Settle the wish to stop by",
    "T26": "Confirm that you stopped by",
}
