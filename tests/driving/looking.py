"""Looking at each page: what axe names, what is too wide, what the browser complains of.

A page is looked at as wide as a phone and as a desk, whichever of them it was opened on.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playwright.sync_api import ViewportSize

from driving.examining import axe_violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

HEIGHT = 800
SHOTS = os.environ.get("ONWARD_SHOTS")
WIDTHS = (360, 1280)
REFUSED = "the server responded with a status of 422"  # Chromium's own remark
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


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
        for width in sorted(WIDTHS, key=lambda wide: wide == self.width):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            if page.evaluate(TOO_WIDE):
                self.complaints.append(f"{page.url} scrolls sideways at {width}")
            if self.scripts:
                self.complaints += [f"at {width}: {found}" for found in axe_violations(page)]

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
