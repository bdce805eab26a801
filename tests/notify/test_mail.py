"""Mails say enough to act on, and nothing that could harm if another pair of eyes reads them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

import services.notify
from services.notify.mail import compose, day
from services.notify.sink import readable
from services.notify.storage import Attempt
from shared.codes import LANGUAGES, codes
from shared.settings import Settings

FOLDER = Path(services.notify.__file__).parent / "templates" / "mail"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FACTS = {
    "answer_by": "2026-11-26T23:30:00+00:00",
    "enquiry": True,
    "forecast_start": "2026-12-03",
    "reason": "ABOVE_THRESHOLD",
    "occasional_support": True,
    "expected_start": "2026-12-10",
    "review_by": "2027-01-21T23:59:59+00:00",
    "started_on": "2026-12-10",
    "until": "2027-02-11",
    "review_on": "2026-12-18",
    "re_refer_on": "2027-03-01",
    "meets_on": "2026-11-26",
    "clock": "K6",
    "entries": [
        {"id": "a", "clock": clock, "late": late, "answer_by": "2026-12-20T23:59:59+00:00"}
        for clock in ("K15", "K16")
        for late in (True, False)
    ],
    "more": 2,
}
OF_NO_REQUEST = re.compile("guide_digest|agreement_|case_listed|minutes_ready|service_closed")
ASKS_HOW_IT_WENT = {"referral_completed", "how_it_went"}
FRONT_DOOR = "http://127.0.0.1:8080/my\n"
TEMPLATES = sorted(
    (path.parent.name, path.stem)
    for path in (FOLDER / "en").rglob("*.txt")
    if not path.name.startswith("_")
)
LONGEST_LINE = 998  # octets, RFC 5322
TO_PEOPLE = [name for audience, name in TEMPLATES if audience == "person"]
GIVES_AWAY = re.compile(
    r"https?:|referral|agency|charity|refuge|advice|debt|abuse|health", re.IGNORECASE
)


def mail(audience: str, template: str, language: str = "en", phone: str | None = "1") -> Any:
    row: Any = SimpleNamespace(
        id=UUID(int=1),
        audience=audience,
        template=template,
        language=language,
        reference="HDJ2-123F",
        request_id=UUID(int=2),
        referral_id=UUID(int=3),
        facts=FACTS,
    )
    written = compose(Attempt(row, None, phone), "mair@example.org", Settings(), NOW)
    return readable(written)


@pytest.mark.parametrize(("audience", "template"), TEMPLATES)
@pytest.mark.parametrize("language", [*LANGUAGES, "so"])
def test_every_mail_can_be_written_in_every_language(
    audience: str, template: str, language: str
) -> None:
    told = mail(audience, template, language)

    if not OF_NO_REQUEST.match(template):
        assert "HDJ2-123F" in told["text"] + told["subject"]
    assert told["subject"]
    assert "{" not in told["text"]


@pytest.mark.parametrize("template", TO_PEOPLE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_person_s_mail_gives_nothing_away(template: str, language: str) -> None:
    told = mail("person", template, language)
    needs = [code.words(language).lower() for code in codes("needs").values()]

    assert "Onward" not in told["from"]
    if template in ASKS_HOW_IT_WENT:
        assert told["text"].count(FRONT_DOOR) == 1
    words = told["text"].replace(FRONT_DOOR, "")
    assert GIVES_AWAY.findall(f"{told['subject']} {words} {told['from']}") == []
    assert [need for need in needs if f" {need} " in told["text"].lower()] == []
    assert "HDJ2-123F" not in told["subject"]


@pytest.mark.parametrize("template", TO_PEOPLE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_person_can_always_ring_instead(template: str, language: str) -> None:
    assert "020 7946 0100" in mail("person", template, language, "020 7946 0100")["text"]
    assert "None" not in mail("person", template, language, None)["text"]


@pytest.mark.parametrize("template", TO_PEOPLE)
def test_nobody_is_said_to_be_looking_who_is_not(template: str) -> None:
    told = mail("person", template)["text"] + mail("person", template, "easy_read")["text"]

    assert re.findall(r"looking|given up|coordinator", told) == []


@pytest.mark.parametrize("template", TO_PEOPLE)
def test_nobody_is_said_to_have_written_for_whom_another_may_have_asked(template: str) -> None:
    said = "".join(mail("person", template, language)["text"] for language in LANGUAGES)

    assert re.findall(r"you (?:wrote|sent)|ysgrifennoch|Your number", said) == []


def test_every_template_for_people_is_there_in_every_language() -> None:
    for language in LANGUAGES:
        there = {path.stem for path in (FOLDER / language / "person").glob("[!_]*.txt")}
        assert there == set(TO_PEOPLE)


@pytest.mark.parametrize("template", TO_PEOPLE)
def test_english_sentences_are_short(template: str) -> None:
    sentences = re.split(r"[.!?:]\s", mail("person", template)["text"])

    assert max(len(sentence.split()) for sentence in sentences) <= 20


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_ends_as_mail_servers_want_it(language: str) -> None:
    for audience, template in TEMPLATES:
        said = {"audience": audience, "template": template, "language": language, "facts": FACTS}
        row: Any = SimpleNamespace(**{**vars(_row()), **said})
        written = compose(Attempt(row, None, "1"), "a@example.org", Settings(), NOW)

        assert written.count(b"\n") == written.count(b"\r\n") == written.count(b"\r")
        assert max(map(len, written.split(b"\r\n"))) <= LONGEST_LINE


def test_the_day_is_the_one_in_london() -> None:
    summer = FACTS | {"answer_by": "2026-06-01T23:30:00+00:00"}
    row: Any = SimpleNamespace(**vars(_row()), facts=summer)

    written = readable(compose(Attempt(row, None, None), "a@example.org", Settings(), NOW))

    assert "2 June 2026" in written["text"]


@pytest.mark.parametrize("template", ["request_flagged", "override_to_review", "referral_sent"])
def test_what_is_due_within_hours_is_told_with_its_hour(template: str) -> None:
    hours = FACTS | {"answer_by": "2026-06-01T15:05:00+00:00"}
    days = FACTS | {"answer_by": "2026-06-01T22:59:59+00:00"}
    said = [
        readable(
            compose(Attempt(_told(template, facts), None, None), "a@example.org", Settings(), NOW)
        )["subject"]
        for facts in (hours, days)
    ]

    assert "by 4:05pm on 1 June 2026" in said[0]
    assert "by 1 June 2026" in said[1]


def _told(template: str, facts: dict[str, Any]) -> Any:
    return SimpleNamespace(
        **{**vars(_row()), "audience": "receiver", "template": template, "facts": facts}
    )


def _row() -> SimpleNamespace:
    return SimpleNamespace(
        id=UUID(int=1),
        audience="receiver",
        template="referral_sent",
        language="en",
        reference="R",
        request_id=UUID(int=2),
        referral_id=UUID(int=3),
    )


@pytest.mark.parametrize(
    ("language", "words"), [("en", "3 December 2026"), ("cy", "3 Rhagfyr 2026")]
)
def test_days_are_written_as_people_write_them(language: str, words: str) -> None:
    assert day(date(2026, 12, 3), language) == words
