"""A different word is typed into every field; afterwards no file of the hub holds any of them.

Sealed columns hold ciphertext, so a plain canary anywhere is a leak. Left out of the search are
only the demonstration's mailbox, which stands for people's own inboxes, and its sign-ins.
"""

from __future__ import annotations

import copy
import itertools
import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest

from driving.asking import walks
from driving.census import Census
from driving.load import open_wide, partners, with_scope
from driving.partner import Partner
from driving.running import RunningHub
from driving.stories import a_story, someone_else
from driving.visitor import Form, Visitor

NOT_SEARCHED = ("demo/mail", "demo/credentials.json")
A_HOME = "SW12 9AA"  # no office of the guide is there
SHAPES = {
    "email": "{}@example.org",
    "phone": "07700 9{:05d}",
    "day": "27",
    "month": "3",
    "year": "1973",
    "postcode": A_HOME,
    "years": "53",
}
PHONES = {"phone": "07700 900 871", "text": "07700 900 872"}
PICKED = {"needs": "debt", "phone_message": "no"}


class Canaries:
    """Makes words that occur nowhere else, and looks for them."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.words: dict[str, str] = {}

    def word(self, place: str) -> str:
        word = f"canary{next(self._numbers):04d}qzx"
        self.words[word] = place
        return word

    def note(self, text: str, place: str) -> str:
        self.words[text] = place
        return text

    def leaks(self, var: Path, output: str) -> list[str]:
        found = []
        for file, content in searched(var, output):
            folded = content.lower()
            for word, place in self.words.items():
                found += [f"{place} is in {file}" for w in spellings(word) if w in folded]
        return found


def spellings(word: str) -> list[bytes]:
    plain = word.lower()
    return sorted({plain.encode(), plain.replace(" ", "").encode(), plain.encode("utf-16-le")})


def searched(var: Path, output: str) -> Iterator[tuple[str, bytes]]:
    yield "the log", output.encode()
    for file in sorted(var.rglob("*")):
        name = str(file.relative_to(var))
        if file.is_file() and not name.startswith(NOT_SEARCHED):
            yield name, file.read_bytes()


def string_places(body: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(body, dict):
        for name, value in body.items():
            yield from string_places(value, (*place, name))
    elif isinstance(body, list):
        for number, value in enumerate(body):
            yield from string_places(value, (*place, number))
    elif isinstance(body, str):
        yield place


def with_value(body: Any, place: tuple[Any, ...], value: str) -> Any:
    changed = copy.deepcopy(body)
    inner = changed
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return changed


def typed(form: Form, canaries: Canaries, where: str) -> dict[str, str | list[str]]:
    """Fill every text field of *form* with a canary of its own, in a shape that passes."""
    values: dict[str, str | list[str]] = {}
    for name in form.texts:
        if name == "website":
            continue
        values[name] = canaries.word(f"{where} {name}")
        if name == "email":
            values[name] = canaries.note(f"{values[name]}@example.org", f"{where} {name}")
        elif name in PHONES:
            values[name] = canaries.note(PHONES[name], f"{where} {name}")
        elif name == "postcode":
            values[name] = canaries.note(A_HOME, f"{where} {name}")
        elif name in SHAPES:
            values[name] = SHAPES[name]
    return values


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


def every_field_of_the_api(hub: RunningHub, canaries: Canaries, recipient: str) -> Partner:
    partner = partners(hub, 1)[0]
    service = next(
        s
        for s in partner.call("GET", "/api/v1/services?limit=200").json["items"]
        if s["agency_id"] == recipient and "debt" in s["needs"]
    )
    referral = {
        "service": service["id"],
        "why_this_service": "They are near.",
        "how_eligible": "Lives here.",
        "discussed_with": None,
    }
    body = a_story(partner.notice, [recipient], referrals=[referral])
    accepted = 0
    for place in string_places(body):
        where = "/".join(map(str, place))
        body["person"] = someone_else()
        word = canaries.word(f"API {where}")
        if place[-1] == "value":
            word = canaries.note(f"{word}@example.org", f"API {where}")
        answer = partner.submit(with_value(body, place, word))
        assert answer.status in {201, 422}, (where, answer.body)
        accepted += answer.status == 201
    assert accepted >= 8, "free text fields are accepted"
    partner.submit({**body, canaries.word("API unknown key"): canaries.word("API unknown value")})
    partner.call("GET", f"/api/v1/requests/{canaries.word('API path')}")
    partner.call("GET", f"/api/v1/services?cursor={canaries.word('API query')}")
    partner.call("POST", "/api/v1/requests", canaries.word("API not JSON").encode())
    check = {"needs": ["debt"], "age": 46, "postcode": "SW18 2PU", "language": "en"}
    partner.call("POST", "/api/v1/eligibility-checks", check)
    partner.call("GET", "/api/v1/requests", headers={"User-Agent": canaries.word("header")})
    return partner


def every_field_of_the_form(hub: RunningHub, canaries: Canaries) -> tuple[str, str]:
    def fill(slug: str, form: Form) -> dict[str, str | list[str]]:
        choices = {name: PICKED.get(name, some[0]) for name, some in form.choices.items()
                   if ":" not in name and name != "hidden"}  # fmt: skip
        return {**choices, **typed(form, canaries, f"/ask/{slug}")}

    visitor = walks(Visitor(hub.base_url), fill)
    form = visitor.form("sharing")
    visitor.submit(form, {"share": form.choices["share"]})
    visitor.submit(visitor.form("check"))
    assert visitor.path == "/ask/done", visitor.html
    cells = visitor.html.split("<dd>")
    reference, code = (cell.split("</dd>")[0] for cell in cells[1:3])
    canaries.note(code, "/ask/done return code")
    return reference, code


def the_persons_own_page(hub: RunningHub, canaries: Canaries, reference: str, code: str) -> None:
    visitor = Visitor(hub.base_url).get("/my")
    wrong = {"reference": reference, "code": canaries.word("/my code")}
    visitor.submit(visitor.form("sign-in"), wrong)
    nobody = {"reference": canaries.word("/my reference"), "code": "x"}
    visitor.submit(visitor.form("sign-in"), nobody)
    visitor.submit(visitor.form("sign-in"), {"reference": reference, "code": code})
    assert visitor.status == 200
    assert reference in visitor.html


def signed_in(hub: RunningHub, canaries: Canaries, member: dict[str, Any], path: str) -> Visitor:
    visitor = Visitor(hub.base_url).get(path)
    wrong = {"email": f"{canaries.word('/sign-in email')}@example.org"}
    wrong["password"] = canaries.word("/sign-in password")
    visitor.submit(visitor.form("sign-in"), wrong)
    right = {"email": member["email"], "password": member["password"]}
    visitor.submit(visitor.form("sign-in"), right)
    canaries.note(member["totp_secret"], "authenticator secret")
    visitor.submit(visitor.form("code"), {"code": canaries.word("/sign-in code")})
    visitor.submit(visitor.form("code"), {"code": pyotp.TOTP(member["totp_secret"]).now()})
    assert visitor.path.startswith(path), visitor.html
    return visitor


def answered_in_the_portal(hub: RunningHub, canaries: Canaries, recipient: str) -> None:
    (receiver, *_) = [c for c in with_scope(hub, "referral.read") if c["agency_id"] == recipient]
    api = Partner(hub.credentials, receiver)
    sent = api.call("GET", "/api/v1/referrals?role=receiver&state=sent").json["items"]
    accept, decline = sent[0]["id"], sent[1]["id"]
    member = next(
        who
        for who in hub.credentials["staff"]
        if who["agency"] == receiver["agency"] and "worker" in who["roles"]
    )
    visitor = signed_in(hub, canaries, member, "/agency/")
    start = datetime.now(UTC) + timedelta(days=3)
    for referral in (accept, decline):
        visitor.get(f"/agency/referrals/{referral}")
        visitor.submit(visitor.form("open"))
    visitor.get(f"/agency/referrals/{accept}/accept")
    form = visitor.form("accept")
    values = typed(form, canaries, "accept")
    visitor.submit(form, values)
    assert visitor.status == 422
    form = visitor.form("accept")
    for name in form.texts:
        for part in ("day", "month", "year"):
            if name.endswith(part):
                values[name] = str(getattr(start, part))
    visitor.submit(form, values)
    assert visitor.status == 200, visitor.html
    visitor.get(f"/agency/referrals/{decline}/decline")
    form = visitor.form("decline")
    visitor.submit(form, {**typed(form, canaries, "decline"), "reason": "CANNOT_MATCH"})
    assert visitor.status == 200, visitor.html
    written_afterwards(api, visitor, canaries, accept)
    request_id = sent[0]["request_id"]
    visitor.get(f"/requests/{request_id}/person?referral={accept}")
    visitor.submit(visitor.form())
    shown = api.call("GET", f"/api/v1/requests/{request_id}/person?referral={accept}")
    assert shown.status == 200, shown.body
    assert "canary" in json.dumps(shown.json) or shown.json["person"]


def written_afterwards(api: Partner, visitor: Visitor, canaries: Canaries, referral: str) -> None:
    """What an agency writes while it helps: a message to who referred, and notes of its system."""
    visitor.get(f"/agency/referrals/{referral}/notes")
    form = visitor.form()
    visitor.submit(form, typed(form, canaries, "notes"))
    assert visitor.status == 200, visitor.html
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    rests = f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%d}"
    for action, body in (
        ("record-contact", {"code": "NO_ANSWER", "on": today, "note": canaries.word("contact")}),
        ("wait", {"note": canaries.word("wait")}),
        ("start", {"started_on": today}),
        (
            "hold",
            {"reason": "PERSON_WISH", "review_on": rests, "comment": canaries.word("hold")},
        ),
        ("resume", {}),
        ("complete", {"outcomes": [], "note": canaries.word("complete")}),
    ):
        version = api.call("GET", f"/api/v1/referrals/{referral}").json["version"]
        seen = {"If-Match": f'"{version}"'}
        told = api.call("POST", f"/api/v1/referrals/{referral}/{action}", body, headers=seen)
        assert told.status == 200, (action, told.body)


def the_log_is_read(hub: RunningHub, canaries: Canaries) -> None:
    member = next(w for w in hub.credentials["staff"] if "governance_lead" in w["roles"])
    visitor = signed_in(hub, canaries, member, "/governance/")
    assert visitor.status == 200


def counted(hub: RunningHub) -> str:
    with urllib.request.urlopen(f"{hub.base_url}/metrics", timeout=20) as answer:
        text = str(answer.read().decode())
    assert 'http_route="/requests/<uuid:request_id>/person"' in text
    return text


def test_no_word_typed_anywhere_is_found_outside_sealed_columns(
    own_hub: RunningHub, canaries: Canaries
) -> None:
    own_hub.start()
    recipient = open_wide(own_hub)
    every_field_of_the_api(own_hub, canaries, recipient)
    reference, code = every_field_of_the_form(own_hub, canaries)
    the_persons_own_page(own_hub, canaries, reference, code)
    Census(own_hub.var).until_settled()
    answered_in_the_portal(own_hub, canaries, recipient)
    the_log_is_read(own_hub, canaries)
    Census(own_hub.var).until_settled()
    while_running = canaries.leaks(own_hub.var, own_hub.said() + counted(own_hub))
    own_hub.stop()

    assert while_running == []
    assert canaries.leaks(own_hub.var, own_hub.said()) == []
    assert len(canaries.words) > 60


def test_the_search_would_find_a_leak(own_hub: RunningHub, canaries: Canaries) -> None:
    own_hub.var.mkdir()
    word = canaries.word("planted")
    (own_hub.var / "intake.sqlite3-wal").write_bytes(b"\x00" + word.upper().encode() + b"\x00")

    assert canaries.leaks(own_hub.var, "") == ["planted is in intake.sqlite3-wal"]
