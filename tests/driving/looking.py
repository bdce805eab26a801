"""Looking at each page: what axe names, what is too wide, what the browser complains of.

A page is looked at as wide as a phone and as a desk, whichever of them it was opened on.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import axe_playwright_python
from playwright.sync_api import ViewportSize

from driving.people import WCAG

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

HEIGHT = 800
SHOTS = os.environ.get("ONWARD_SHOTS")
WIDTHS = (360, 1280)
REFUSED = "the server responded with a status of 422"  # Chromium's own remark
RUN = """async tags => {
  const found = await axe.run(document, {
    runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]
  });
  return found.violations.map(v => `${v.id} ${v.help}: ${v.nodes[0].html.slice(0, 200)}`);
}"""
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


@cache
def _axe() -> str:
    (script,) = Path(axe_playwright_python.__file__).parent.glob("axe.min.js")
    return script.read_text(encoding="utf-8")


@dataclass
class Eyes:
    """One way of looking: how wide the window is, and whether scripts run in it."""

    browser: Browser
    width: int
    scripts: bool
    complaints: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def someone(self, **how: Any) -> Page:
        """Return an empty page in a browser of its own."""
        size = ViewportSize(width=self.width, height=HEIGHT)
        context = self.browser.new_context(viewport=size, java_script_enabled=self.scripts, **how)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self._contexts.append(context)
        return context.new_page()

    def look(self, page: Page) -> None:
        """Note everything that is wrong with the open page, on a phone and on a desk."""
        self.seen.append(page.url)
        if self.scripts:
            page.evaluate(_axe())
        for width in sorted(WIDTHS, key=lambda wide: wide == self.width):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            if page.evaluate(TOO_WIDE):
                self.complaints.append(f"{page.url} scrolls sideways at {width}")
            if self.scripts:
                found = page.evaluate(RUN, WCAG)
                self.complaints += [f"{page.url} at {width}: {one}" for one in found]

    def close(self, name: str) -> None:
        """Close every browser that was opened; leave a picture of each last page, if wanted."""
        for number, context in enumerate(self._contexts):
            if SHOTS:
                picture = f"{SHOTS}/{name}-{number}.png"
                context.pages[-1].screenshot(path=picture, full_page=True)
            context.close()

    def _console(self, message: Any) -> None:
        if message.type == "error" and REFUSED not in message.text:
            self.complaints.append(f"{message.text} {message.location}")
