"""What the pages from waiting to an outcome say: one entry for each action, and all of them."""

from __future__ import annotations

from services.matching.domain.transitions import LIVE, TERMINAL, State
from services.matching.http.form_fields import choice, day, line, several, words, yes
from services.matching.http.stopping_words import STOPPING, Form

EVERY = frozenset(State)
_ALTERNATIVES = several("alternatives", "Who could help instead?", "/alternatives")
HELPING = (
    Form(
        action="start",
        link="Say that support has started",
        title="Support has started",
        lead="The referrer and the person are told that support has started.",
        button="Support has started",
        wanted=frozenset({State.ACTIVE}),
        fields=(day("started", "On which day did it start?", "/started_on"),),
        done="Thank you. We tell the referrer and the person that support has started.",
    ),
    Form(
        action="wait",
        link="Put on the waiting list",
        title="Put on the waiting list",
        lead=(
            "The referrer and the person are told in so many words that you are not supporting "
            "them yet. The wait counts from the day you received the referral."
        ),
        button="Put on the waiting list",
        wanted=frozenset({State.WAITING}),
        fields=(
            day("expected", "When should support start?", "/expected_start", optional=True),
            yes("occasional", "We give some support while they wait", "/occasional_support"),
            words("A note for the referrer (optional)", "/note"),
        ),
        done=(
            "They are on your waiting list. We tell the referrer and the person that support has "
            "not begun."
        ),
    ),
    Form(
        action="review",
        link="Review the wait",
        title="Review the wait",
        lead="Everybody is told the result in writing.",
        button="Save the result",
        wanted=frozenset({State.WAITING, State.RETURNED, State.WITHDRAWN}),
        fields=(
            choice("results", "What is the result?", name="result", pointer="/result"),
            day(
                "until",
                "Until when?",
                "/until",
                "For a longer wait, two to four weeks. To ask again later, the day you agreed on.",
                optional=True,
            ),
            yes("agreed", "The referrer agrees", "/agreed_with_referrer"),
            words("Say more (needed when you give it back)"),
            _ALTERNATIVES,
        ),
        done="The result of the review is saved. We tell everybody in writing.",
    ),
    Form(
        action="record-contact",
        link="Write down an attempt to reach the person",
        title="An attempt to reach the person",
        lead="Write down each attempt, also those that failed. Use only ways the person allowed.",
        button="Save",
        wanted=LIVE,
        fields=(
            choice("attempts", "How did it go?", name="code", pointer="/code"),
            day("on", "On which day?", "/on"),
            choice("channels", "By which way?", name="channel", pointer="/channel"),
            yes("against", "The person had not allowed this way", "/as_agreed"),
            choice(
                "attendance",
                "If it was a visit: did they come? (optional)",
                name="attended",
                pointer="/attended",
                optional=True,
            ),
            choice(
                "absences",
                "If they did not come: why? (optional)",
                name="absent",
                pointer="/why_absent",
                optional=True,
            ),
            words("A note (optional)", "/note"),
        ),
        done="The attempt is written down.",
    ),
    Form(
        action="hold",
        link="Pause it",
        title="Pause this referral",
        lead="You look at it again within four weeks. Whoever asked for it is told.",
        button="Pause this referral",
        wanted=frozenset({State.ON_HOLD}),
        fields=(
            choice("hold_reasons", "Why is it paused?"),
            day("again", "When do you look at it again?", "/review_on"),
            words("Say more (optional)"),
        ),
        done="It is paused. We remind you on the day you chose.",
    ),
    Form(
        action="send",
        link="Send it",
        title="Send this referral",
        lead="The agency will be asked whether it can help. If it has a place, we hold it.",
        button="Send this referral",
        wanted=frozenset({State.SENT}),
        done="This referral was sent. We have told the agency that it is there.",
    ),
    Form(
        action="resume",
        link="Go on",
        title="Go on with this referral",
        lead="It goes on where it was before the pause. Whoever asked for it is told.",
        button="Go on",
        wanted=LIVE - {State.ON_HOLD},
        done="It goes on. Whoever asked for it is told.",
    ),
    Form(
        action="complete",
        link="Finish: you have done your part",
        title="Finish this referral",
        lead=(
            "The referrer and the person are told that you have done your part. If you do not "
            "know yet what came of it, leave that empty: we ask you again."
        ),
        button="Finish this referral",
        wanted=frozenset({State.COMPLETED}),
        fields=(words("Say more (optional)", "/note"),),
        outcomes=True,
        done="This referral is finished. Thank you for helping.",
    ),
    Form(
        action="record-outcome",
        link="Say what came of it",
        title="What came of it",
        lead="The referrer is told.",
        button="Save",
        wanted=frozenset({State.COMPLETED}),
        fields=(words("Say more (optional)", "/note"),),
        outcomes=True,
        done="Thank you. What came of it is saved.",
    ),
    Form(
        action="redirect",
        link="Suggest a better service",
        title="Suggest a better service",
        lead=(
            "Nothing is sent on: the person decides whether that service may know. You will no "
            "longer see what it was about."
        ),
        button="Suggest this",
        wanted=frozenset({State.REDIRECTED}),
        fields=(
            several("alternatives", "Which service would be better?", "/alternatives"),
            words("Why would it be better?"),
        ),
        warns=True,
        done="We have told the referrer and the person what you suggest.",
    ),
    Form(
        action="reassign",
        link="Choose who looks after it",
        title="Choose who looks after it",
        lead="Inside your agency. The referrer is told whom to ask.",
        button="Save",
        wanted=LIVE,
        fields=(
            choice("colleagues", "Who looks after it?", name="staff", pointer="/staff_id"),
            choice("teams", "Which team? (optional)", name="known", pointer="/team", optional=True),
            line("team", "Another team (optional)", "/team", "Not a person's name."),
        ),
        done="Saved. It is in their own list now.",
    ),
    Form(
        action="reopen",
        link="Take it up again",
        title="Take this up again",
        lead=(
            "A new referral begins that names this one. It is sent only if the person agrees today."
        ),
        button="Take it up again",
        wanted=TERMINAL,
        fields=(
            choice("reopen_reasons", "Why now?"),
            words("Say more (some reasons need it)"),
        ),
        done="It is taken up again as a new referral.",
    ),
)
ALL = (*HELPING, *STOPPING)
NEXT = ("answer", "acknowledge", "confirm-cancel", "review", "start", "resume", "record-outcome")
"""The steps that are the one button of a page, the most pressing first."""
ACTIONS = tuple(dict.fromkeys(form.action for form in ALL))


def form_for(action: str, state: State) -> Form:
    """Return the page of an action while a referral stands in *state*."""
    of_action = [form for form in ALL if form.action == action]
    return next((form for form in of_action if state in form.when), of_action[0])
