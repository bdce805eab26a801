"""A driver of /my: one person's browser, and one of staff, before the whole of intake."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from uuid import UUID

from intake.desk import Desk
from intake.telling import ADVICE, HUB, NOTICE, a_consent, a_grant, a_submission, an_email

from services.intake.domain.submission import Channel, Contact
from services.intake.usecases.consenting import request_consent
from shared.identity import Principal
from shared.testing.sign_on import sign_in

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from services.intake.usecases import Submitted

WORD = "Kingfisher"
PHONE = Channel("phone", "07700 900123", "no")


class Hidden(HTMLParser):
    """The hidden inputs of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        if tag == "input" and facts.get("type") == "hidden":
            self.values[facts.get("name") or ""] = facts.get("value") or ""


@dataclass
class OwnPage:
    """A request, and the browser of the person who made it."""

    desk: Desk
    submitted: Submitted
    browser: FlaskClient
    staff: FlaskClient | None = None
    who: Principal | None = None
    _tokens: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, desk: Desk, word: str | None = WORD, **changes: Any) -> OwnPage:
        """Let somebody ask for help, with an e-mail that is safe and a phone that is not."""
        contact = Contact("en", None, (an_email(), PHONE), code_word=word)
        told = {"contact": contact, "consent": a_consent(a_grant(), a_grant(HUB)), **changes}
        return cls(desk, desk.takes_in(a_submission(**told)), desk.app.test_client())

    @property
    def id(self) -> UUID:
        return self.submitted.id

    def signs_in(
        self, reference: str | None = None, code: str | None = None, place: str = "192.0.2.1"
    ) -> TestResponse:
        typed = {
            "reference": self.submitted.reference if reference is None else reference,
            "code": self.submitted.return_code if code is None else code,
        }
        return self.post("/my/sign-in", typed, environ_overrides={"REMOTE_ADDR": place})

    def opens(self) -> OwnPage:
        assert self.signs_in().headers["Location"] == "/my"
        return self

    def shows(self) -> OwnPage:
        self.opens()
        assert self.post("/my/show").headers["Location"] == "/my/details"
        return self

    def get(self, path: str) -> TestResponse:
        return self.browser.get(path)

    def text(self, path: str = "/my") -> str:
        """Return the words of a page."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return words(answer)

    def post(self, path: str, data: dict[str, Any] | None = None, **how: Any) -> TestResponse:
        form = {"csrf_token": self._token(self.browser, "/my/sign-in")} | (data or {})
        return self.browser.post(path, data=form, **how)

    def fills(self, path: str, data: dict[str, Any], to: str | None = None) -> TestResponse:
        """Fill in the form of *path*, with its hidden fields, and send it."""
        hidden = Hidden(self.get(path).text).values
        return self.browser.post(to or path, data=hidden | data)

    def works_at(self, agency: UUID, *roles: str) -> OwnPage:
        """Let somebody of *agency* sit at the other end."""
        self.staff = self.desk.app.test_client()
        self.who = sign_in(self.desk.app, self.staff, *(roles or ("worker",)), agency_id=agency)
        return self

    def staff_get(self, path: str) -> TestResponse:
        assert self.staff is not None
        return self.staff.get(path, base_url="https://localhost")

    def staff_post(self, path: str, data: dict[str, Any]) -> TestResponse:
        assert self.staff is not None
        token = self._token(self.staff, "/my/sign-in", "https://localhost")
        return self.staff.post(
            path,
            data={"csrf_token": token} | data,
            base_url="https://localhost",
            headers={"Sec-Fetch-Site": "same-origin"},
        )

    def announced(self, kind: str) -> list[dict[str, Any]]:
        """Return what was announced about this request, in order."""
        told = self.desk.announced(kind)
        return [body for body in told if body["request_id"] == str(self.id)]

    def is_asked_about(self, agency: UUID) -> UUID:
        with self.desk.store.begin() as tx:
            return request_consent(self.id, [agency], tx)

    def at_another(self, desk: Desk) -> OwnPage:
        return replace(self, browser=desk.app.test_client(), _tokens={})

    def _token(self, browser: FlaskClient, path: str, base: str = "http://localhost") -> str:
        key = id(browser)
        if key not in self._tokens:
            page = browser.get(path, base_url=base).text
            self._tokens[key] = Hidden(page).values["csrf_token"]
        return self._tokens[key]


def words(answer: TestResponse) -> str:
    """Return what a page says, without its tags."""
    body = re.sub(r"<(script|style|svg).*?</\1>", " ", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).replace(" .", ".").replace(" ,", ",")


__all__ = ["ADVICE", "HUB", "NOTICE", "PHONE", "WORD", "OwnPage", "words"]
