"""What the pages that ask, stop and take back say: one entry for each action."""

from __future__ import annotations

from dataclasses import dataclass

from services.matching.domain.transitions import LIVE, UNDER_WAY, State
from services.matching.http.form_fields import Field, choice, words


@dataclass(frozen=True, slots=True)
class Form:
    """One page: its words, what it asks for, and the states it leads to.

    An action may have one page while a referral is in `when` and another otherwise.
    """

    action: str
    link: str
    title: str
    lead: str
    button: str
    wanted: frozenset[State]
    fields: tuple[Field, ...] = ()
    when: frozenset[State] = frozenset(State)
    warns: bool = False
    done: str = ""
    outcomes: bool = False


STOPPING = (
    Form(
        action="ask",
        link="Ask a question",
        title="Ask a question",
        lead="Ask only what you need to decide. Your time stands still until an answer is due.",
        button="Send the question",
        wanted=frozenset({State.INFO_REQUESTED}),
        fields=(words("What do you need to know?", "/question"),),
        done="Your question is sent. We tell you when there is an answer.",
    ),
    Form(
        action="answer",
        link="Answer the question",
        title="Answer the question",
        lead="Read the question first. If the person answers you, write it down here.",
        button="Send the answer",
        wanted=frozenset({State.OPENED}),
        fields=(words("What is the answer?", "/answer"),),
        done="The answer is sent. The agency can decide now.",
    ),
    Form(
        action="cancel",
        link="Take this referral back",
        title="Take this referral back",
        lead="If nobody has opened it, it stops at once. Otherwise we ask the agency to stop.",
        button="Take it back",
        wanted=frozenset({State.CANCELLED, State.CANCEL_REQUESTED}),
        fields=(
            choice("reasons_to_cancel", "Why do you take it back?"),
            words("Say more (some reasons need it)"),
        ),
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
        fields=(words("Why do you go on?"),),
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
        fields=(choice("grounds", "What applies?", pointer="/basis"),),
        done="Thank you. It is written down that you have stopped.",
    ),
    Form(
        action="withdraw",
        link="End this referral",
        title="End this referral",
        lead="It has stopped because the person's agreement changed. Ending it cannot be undone.",
        button="End this referral",
        wanted=frozenset({State.WITHDRAWN}),
        fields=(words("Say more (optional)"),),
        when=frozenset({State.HALTED, State.WITHDRAWN}),
        warns=True,
        done="This referral has ended. We have told the referrer.",
    ),
    Form(
        action="withdraw",
        link="End this without finishing",
        title="End this without finishing",
        lead=(
            "The referrer and the person are told why, where that is safe. You will no longer see "
            "what it was about."
        ),
        button="End this referral",
        wanted=frozenset({State.WITHDRAWN}),
        fields=(
            choice(
                "reasons_to_withdraw",
                "Why does it end?",
                hint="That somebody could not be reached needs three attempts written down.",
            ),
            words("Say more (some reasons need it)"),
        ),
        when=LIVE - {State.HALTED},
        warns=True,
        done="This referral has ended. We have told the referrer.",
    ),
)
