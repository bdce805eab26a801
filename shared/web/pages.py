"""Error pages a frightened person can read.

Promise: each says what happened, whether anything was lost, what to do now, and whom to
ring; never a code word, a stack or anything the reader typed.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Response, current_app, make_response, render_template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HELPLINES = Path(__file__).with_name("helplines.csv")


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """The words of one error page."""

    title: str
    happened: str
    lost: str
    next: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Helpline:
    """Someone to ring, and when."""

    name: str
    number: str
    when: str


NOTHING_LOST = "Nothing you sent before has been lost."
NOT_SENT = "What was on that page has not been sent. Anything you sent before is safe."

PAGES: dict[int | str, ErrorPage] = {
    400: ErrorPage(
        "We could not read that",
        "What your browser sent did not reach us whole.",
        NOT_SENT,
        ("Go back to the page before.", "Check what you typed and try once more."),
    ),
    "form_refused": ErrorPage(
        "Please send that page again",
        "The page was open for a long time, or your browser does not keep cookies.",
        NOT_SENT,
        (
            "Go back to the page before and reload it.",
            "Fill it in again and press the button.",
            "If it happens again, allow cookies for this site.",
        ),
    ),
    401: ErrorPage(
        "Please sign in",
        "This page is for people who have signed in.",
        NOTHING_LOST,
        ("Sign in, then open the page again.",),
    ),
    403: ErrorPage(
        "You cannot open this page",
        "You are signed in, but this is not part of your work here.",
        NOTHING_LOST,
        (
            "Go back to the page before.",
            "If you need this for your work, ask the person who looks after accounts.",
        ),
    ),
    404: ErrorPage(
        "We cannot find that page",
        "The address may be mistyped, or the page may be for someone else.",
        NOTHING_LOST,
        ("Check the address.", "Or start again from the first page."),
    ),
    405: ErrorPage(
        "That did not work from here",
        "This page cannot be opened in that way.",
        NOTHING_LOST,
        ("Start again from the first page.",),
    ),
    409: ErrorPage(
        "Something changed while you were reading",
        "This was changed or answered before you pressed the button.",
        "Your change was not made. Nothing else has been lost.",
        ("Open the page again to see how things are now.", "Then decide again."),
    ),
    413: ErrorPage(
        "That was too long",
        "The page you sent was larger than we can take.",
        NOT_SENT,
        ("Go back and make it shorter.", "You can tell the rest when someone contacts you."),
    ),
    422: ErrorPage(
        "Something needs to be put right",
        "One of the answers does not fit.",
        NOT_SENT,
        ("Go back and check your answers.",),
    ),
    429: ErrorPage(
        "Please wait a little",
        "There were too many tries in a short time.",
        NOTHING_LOST,
        ("Wait a few minutes.", "Then try again."),
    ),
    500: ErrorPage(
        "Sorry, something went wrong here",
        "This is our fault, not yours. We have made a note of it.",
        "We cannot be sure that the last page was sent. Anything you sent before is safe.",
        (
            "Wait a minute, then try again.",
            "If you have a reference, look at your request to see if it reached us.",
        ),
    ),
    503: ErrorPage(
        "We cannot take this just now",
        "Our system is not able to write things down at the moment.",
        NOT_SENT,
        ("Wait a few minutes, then send the page again.",),
    ),
}


def answer(
    status: int,
    *,
    page: int | str | None = None,
    detail: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Render the error page of *status*; *detail* is one of our own sentences."""
    words = (
        PAGES.get(page or status)
        or PAGES[400 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500]
    )
    own = detail if status in {403, 409, 422} else None
    html = render_template(
        "error.html", page=words, detail=own, helplines=helplines(), status=status, ring=_ring()
    )
    response = make_response(html, status)
    response.headers.extend(headers or {})
    return response


@cache
def helplines() -> tuple[Helpline, ...]:
    """Return whom to ring, most urgent first."""
    with HELPLINES.open(encoding="utf-8", newline="") as file:
        return tuple(Helpline(**row) for row in csv.DictReader(file))


def _ring() -> tuple[str, str] | None:
    """Return whom to ring instead of using the site (name, number), where a service knows."""
    whom: Callable[[], tuple[str, str] | None] = current_app.extensions.get("ring", _nobody)
    return whom()


def _nobody() -> None:
    return None
