"""What the pages that ask, stop and take back say: one entry for each action."""

from __future__ import annotations

from dataclasses import dataclass

from services.matching.domain.transitions import UNDER_WAY, State

SEALED = "Kept sealed. Only the two agencies of this referral may read it."


@dataclass(frozen=True, slots=True)
class Form:
    """One page: its words, what it asks for, and the state it leads to."""

    action: str
    link: str
    title: str
    lead: str
    button: str
    wanted: frozenset[State]
    label: str = ""
    hint: str = SEALED
    choices: str = ""
    legend: str = ""
    warns: bool = False
    done: str = ""


_ALL = (
    Form(
        action="ask",
        link="Ask a question",
        title="Ask a question",
        lead="Ask only what you need to decide. Your time to answer stands still meanwhile.",
        button="Send the question",
        wanted=frozenset({State.INFO_REQUESTED}),
        label="What do you need to know?",
        done="Your question is sent. We tell you when there is an answer.",
    ),
    Form(
        action="answer",
        link="Answer the question",
        title="Answer the question",
        lead="Read the question in the notes first. If the person answers you, write it down here.",
        button="Send the answer",
        wanted=frozenset({State.OPENED}),
        label="What is the answer?",
        done="The answer is sent. The agency can decide now.",
    ),
    Form(
        action="cancel",
        link="Take this referral back",
        title="Take this referral back",
        lead="If nobody has opened it, it stops at once. Otherwise we ask the agency to stop.",
        button="Take it back",
        wanted=frozenset({State.CANCELLED, State.CANCEL_REQUESTED}),
        label="Say more (some reasons need it)",
        choices="reasons",
        legend="Why do you take it back?",
        warns=True,
        done="We have told the agency.",
    ),
    Form(
        action="confirm-cancel",
        link="Stop, as asked",
        title="Stop this referral",
        lead="The referrer asks you to stop. You will no longer see what it was about.",
        button="Stop this referral",
        wanted=frozenset({State.WITHDRAWN}),
        warns=True,
        done="This referral has stopped. We have told the referrer.",
    ),
    Form(
        action="refuse-cancel",
        link="Go on with it",
        title="Go on with this referral",
        lead="The referrer asked you to stop. Tell them why you go on.",
        button="Go on",
        wanted=UNDER_WAY,
        label="Why do you go on?",
        done="It goes on. We have told the referrer.",
    ),
    Form(
        action="acknowledge",
        link="Confirm that you have stopped",
        title="Confirm that you have stopped",
        lead=(
            "The person's agreement has changed. Stop work on this now, and stop using what you "
            "were told. If a law lets you keep it, say which."
        ),
        button="Confirm",
        wanted=frozenset({State.HALTED}),
        choices="grounds",
        legend="What applies?",
        done="Thank you. It is written down that you have stopped.",
    ),
    Form(
        action="withdraw",
        link="End this referral",
        title="End this referral",
        lead="It has stopped because the person's agreement changed. Ending it cannot be undone.",
        button="End this referral",
        wanted=frozenset({State.WITHDRAWN}),
        label="Say more (optional)",
        warns=True,
        done="This referral has ended. We have told the referrer.",
    ),
)
FORMS = {form.action: form for form in _ALL}
