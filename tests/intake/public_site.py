"""A driver of intake's public pages: a browser without scripts, on a real store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake import create_store
from services.intake.http.public import register
from services.intake.usecases import publish_notice
from shared.settings import Settings
from shared.testing.clock import FixedClock
from shared.web import build_app

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from werkzeug.test import TestResponse

    from services.intake.storage import IntakeTransaction
    from shared.storage import Store

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NOTICE = "We keep what you tell us.\n\nOnly those you tick are told."
ADVICE, HOMES, HUB, GP = (UUID(int=number) for number in (1, 2, 3, 4))
DEBT, RENT = UUID(int=11), UUID(int=12)
WANDSWORTH = "E09000032"
STORY = "My landlord wants me out & I owe <a lot>.\r\nI am scared."

ANSWERS: dict[str, dict[str, Any]] = {
    "needs": {"needs": ["debt", "housing"]},
    "place": {"postcode": "sw18 2pu"},
    "about-you": {"given_name": "Ada", "family_name": "Canary"},
    "age": {"day": "2", "month": "January", "year": "1980", "years": ""},
    "household": {"lives_with": [], "household_note": ""},
    "speaking": {"language": "", "interpreter": ""},
    "access": {"access_needs": []},
    "email": {"email": "ada@example.org", "email_safe": "yes", "email_seen": "aunt Prudence"},
    "phone": {"phone": "07700 900123", "phone_safe": "unsure"},
    "text": {"text_safe": "no", "text": "", "text_seen": ""},
    "letter": {"letter_safe": "", "address": "", "letter_seen": ""},
    "code-word": {"code_word": "marmalade"},
    "story": {"story": STORY},
    "withhold": {"hidden": []},
}
WITH_HIDDEN_FIELDS = ("/ask/sharing", "/ask/check")
TICKS = [f"{ADVICE}.who", f"{ADVICE}.story"]


class Fields(HTMLParser):
    """The hidden inputs, ticks and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.ticked: list[str] = []
        self.boxes: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        name, value = facts.get("name") or "", facts.get("value") or ""
        if tag == "input" and facts.get("type") == "hidden":
            self.hidden[name] = value
        if tag == "input" and facts.get("type") in {"checkbox", "radio"}:
            self.boxes.append(value)
            if "checked" in facts:
                self.ticked.append(value)


@dataclass
class Site:
    """One deployment's public pages and one browser that visits them."""

    app: Flask
    store: Store[IntakeTransaction]
    clock: FixedClock
    pauses: list[float] = field(default_factory=list)
    _token: str | None = None

    @classmethod
    def at(cls, folder: Path) -> Site:
        settings, clock = Settings(var=folder), FixedClock(NOW)
        store = create_store(settings, clock)
        app = build_app("intake", settings=settings, store=store, package="services.intake")
        register(app)
        site = cls(app, store, clock)
        app.config["ASK_PAUSE"] = site.pauses.append
        site.publish()
        site.browser = app.test_client()
        return site

    def publish(self, text: str = NOTICE, notice: str = "first") -> None:
        with self.store.begin() as tx:
            publish_notice({"id": notice, "language": "en", "text": text}, tx)

    def knows(self, agency: UUID, name: str, kind: str = "voluntary") -> None:
        """Let *agency* be known, without any service."""
        with self.store.begin() as tx:
            facts = {"name": name, "kind": kind, "active": True, "phone": "020 7946 0100"}
            tx.insert(tx.table("agency"), id=agency, version=1, **facts)

    def opens(self, agency: UUID, title: str, service: UUID, **entry: Any) -> None:
        """Let *agency* be known, with one open service."""
        self.knows(agency, title)
        facts = {
            "name": f"{title} service", "description": "They help.", "needs": ["debt"],
            "area_codes": [WANDSWORTH], "minimum_age": None, "maximum_age": None,
            "categories": ["identity", "contact"], "listed": "public",
        } | entry  # fmt: skip
        with self.store.begin() as tx:
            tx.insert(tx.table("guide"), service_id=service, agency_id=agency, version=1, **facts)
            tx.insert(tx.table("service_status"), service_id=service, status="open", version=1)

    def get(self, path: str) -> TestResponse:
        return self.browser.get(path)

    def post(self, path: str, data: dict[str, Any] | None = None) -> TestResponse:
        """Fill in the form of *path* and send it, with whatever hidden fields it has."""
        hidden = Fields(self.get(path).text).hidden if path.startswith(WITH_HIDDEN_FIELDS) else {}
        return self.browser.post(path, data={"csrf_token": self.token()} | hidden | (data or {}))

    def token(self) -> str:
        """Return the token of this browser's forms, read from a page once."""
        if self._token is None:
            self._token = Fields(self.get("/my/sign-in").text).hidden["csrf_token"]
        return self._token

    def answers(self, *leave_out: str, **other: dict[str, Any]) -> None:
        """Answer the questions as ANSWERS says, or as *other* says."""
        told = ANSWERS | {slug.replace("_", "-"): data for slug, data in other.items()}
        for slug, answer in told.items():
            if slug not in leave_out:
                assert self.post(f"/ask/{slug}", answer).status_code == 303

    def shares(self, ticks: list[str] = TICKS) -> TestResponse:
        return self.post("/ask/sharing", {"share": ticks})

    def sends(self) -> TestResponse:
        return self.post("/ask/check")

    def rows(self, table: str) -> list[Any]:
        with self.store.read() as tx:
            return tx.all(tx.table(table).select())
