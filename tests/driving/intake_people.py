"""People on intake's pages in a real browser: some with a mouse, some with a keyboard alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from driving.asking import answers, walks
from driving.people import Someone
from driving.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from driving.running import RunningHub

MOST_PAGES = 30
TABS = 120
KEPT = re.compile(r"<dd>([A-Z0-9-]{6,})</dd>")
FOCUSED = "selector => document.activeElement.matches(selector)"


class Writer(Someone):
    """Somebody who fills in forms, whatever kind of field each name is."""

    @property
    def path(self) -> str:
        """Return the path of the open page."""
        return urlsplit(self.page.url).path

    def fills(self, typed: Mapping[str, str | list[str]]) -> None:
        """Type, tick or choose every value in the field of its name."""
        for name, value in typed.items():
            for one in value if isinstance(value, list) else [value]:
                self._fills(name, one)

    def _fills(self, name: str, value: str) -> None:
        fields = self.page.locator(f"main [name='{name}']")
        kind = fields.first.evaluate("field => field.type")
        if kind in {"checkbox", "radio"}:
            self.page.locator(f"main [name='{name}'][value='{value}']").check()
        elif kind == "select-one":
            fields.first.select_option(value)
        else:
            fields.first.fill(value)

    def answers(self, told: Mapping[str, Mapping[str, str | list[str]]], end: str) -> None:
        """Answer page after page with what is *told* of it, up to the page *end*."""
        for _ in range(MOST_PAGES):
            if self.path.endswith(end):
                return
            before = self.path
            self.fills(told.get(before.rpartition("/")[2], {}))
            self.presses("Continue")
            assert self.path != before, self.page.inner_text("main")
        raise AssertionError(f"the questions never end: {self.path}")

    def ticks_all_of(self, agency: str) -> None:
        """Agree that *agency* may know everything it could be told."""
        section = self.page.locator("section.onward-offer").filter(has_text=agency)
        for box in section.locator("input[name=share]").all():
            assert not box.is_checked()
            box.check()

    def first_offered(self) -> str:
        """Return the agency that is offered first."""
        return self.page.locator("section.onward-offer h3").first.inner_text()

    def kept(self) -> tuple[str, ...]:
        """Return what the page asks to be written down."""
        return tuple(self.page.locator(".onward-keep dd").all_inner_texts())

    def goes(self, end: str) -> None:
        """Follow the link of the page whose address ends with *end*."""
        self.page.locator(f"main a[href$='{end}']").first.click()
        self.page.wait_for_load_state()
        self._look(self.page)


class AtTheKeyboard(Someone):
    """Somebody who has no mouse: only Tab, Space, Enter and letters."""

    def tabs_to(self, selector: str) -> None:
        """Press Tab until the field, link or button is in focus."""
        for _ in range(TABS):
            if self.page.evaluate(FOCUSED, selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no Tab reaches {selector} of {self.page.url}")

    def enters(self, selector: str) -> None:
        """Go to a link or button and press Enter."""
        self.tabs_to(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def types(self, selector: str, text: str) -> None:
        """Go to a field and type."""
        self.tabs_to(selector)
        self.page.keyboard.type(text)

    def ticks(self, selector: str) -> None:
        """Go to a box or a choice and press Space."""
        self.tabs_to(selector)
        self.page.keyboard.press("Space")
        assert self.page.locator(selector).first.is_checked()


def asks_unseen(hub: RunningHub) -> tuple[str, str, str]:
    """Let somebody ask for help without a browser; return agency, reference and return code."""
    visitor = walks(Visitor(hub.base_url), answers())
    form = visitor.form()
    shares = form.choices["share"]
    first = shares[0].partition(".")[0]
    agency = re.search(r'id="share-[^"]+-name">([^<]+)<', visitor.html)
    assert agency is not None
    visitor.submit(form, {"share": [one for one in shares if one.startswith(f"{first}.")]})
    visitor.submit(visitor.form("/check"))
    reference, code = KEPT.findall(visitor.html)
    return agency.group(1), reference, code


def member(hub: RunningHub, email: str) -> dict[str, Any]:
    """Return the member of staff whose address begins so."""
    return next(who for who in hub.credentials["staff"] if who["email"].startswith(email))
