"""Which picture stands beside the words of a public page in Easy Read: our own drawings."""

from __future__ import annotations

OF_QUESTION = {
    "needs": "needs",
    "place": "place",
    "unplaced": "place",
    "about-you": "person",
    "age": "person",
    "household": "people",
    "speaking": "talk",
    "access": "needs",
    "email": "contact",
    "phone": "ring",
    "ringing": "ring",
    "text": "contact",
    "letter": "contact",
    "code-word": "secret",
    "story": "talk",
    "withhold": "secret",
    "practices": "person",
    "young": "ring",
    "helper": "people",
    "knows": "people",
}
OF_PAGE = {
    "start.html": "talk",
    "ask/begin.html": "talk",
    "ask/language.html": "talk",
    "ask/sharing.html": "consent",
    "ask/not-shared.html": "secret",
    "ask/check.html": "check",
    "ask/done.html": "done",
    "ask/save.html": "keep",
    "ask/resume.html": "keep",
    "ask/copy.html": "keep",
    "ask/delete.html": "stop",
    "ask/cleared.html": "done",
    "ask/concern.html": "people",
    "ask/concern-check.html": "check",
    "ask/concern-thanks.html": "done",
    "my/sign-in.html": "secret",
    "my/show.html": "page",
    "my/door.html": "secret",
    "my/details.html": "person",
    "my/question.html": "consent",
    "my/sharing.html": "consent",
    "my/hidden-from.html": "secret",
    "my/receipts.html": "keep",
    "my/again.html": "needs",
    "my/help.html": "needs",
    "my/stop.html": "stop",
    "my/safety.html": "secret",
    "my/code.html": "secret",
    "my/frozen.html": "secret",
    "my/closed.html": "done",
    "my/danger.html": "ring",
    "my/danger-told.html": "done",
    "my/contact.html": "contact",
    "my/correct-name.html": "person",
    "my/correct-born.html": "person",
    "my/correct-home.html": "place",
    "my/correct-story.html": "talk",
}
ANY_QUESTION = "talk"


def picture_of(template: str, question: str = "") -> str:
    """Return the name of the picture for a page, or for the question on it; empty for none."""
    if question:
        return OF_QUESTION.get(question, ANY_QUESTION)
    return OF_PAGE.get(template, "")
