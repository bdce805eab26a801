"""People at a browser: someone asking for help, a worker at an agency, a governance officer."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from typing import Any

import pyotp
from playwright.sync_api import Browser, Page, Playwright

from driving.running import RunningHub

WINDOWLESS, WITH_WINDOWS = "chromium-headless-shell", "/usr/bin/chromium"
UNSEEN = (
    # Each window keeps two pages of its own for its address bar, which nobody here types into.
    "WebUIOmniboxPopup", "WebUIOmniboxFullPopup", "WebUIOmniboxAimPopup",
    # What playwright turns off itself: of two such lists a browser reads the last alone.
    "AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades",
    "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints",
    "PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning",
)  # fmt: skip
PHONE = {"width": 360, "height": 740}
TYPED = "input[type=text], input[type=email], input[type=tel], textarea"
SAFE = ("[name=email_safe][value=yes]", "[name=phone_safe][value=yes]")


def launch(playwright: Playwright) -> Browser:
    """Start Debian's Chromium; its sandbox cannot be had as root.

    Of its two programs the one without windows takes half the processor, where it is installed.
    """
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(
        executable_path=shutil.which(WINDOWLESS) or WITH_WINDOWS,
        args=[*alone, "--disable-dev-shm-usage", f"--disable-features={','.join(UNSEEN)}"],
    )


class Someone:
    """Anyone at a browser; looks at every page they reach with *look*."""

    def __init__(self, hub: RunningHub, page: Page, look: Callable[[Page], None]) -> None:
        self.hub = hub
        self.page = page
        self._look = look

    def opens(self, path: str) -> None:
        self.page.goto(self.hub.base_url + path)
        self._look(self.page)

    def presses(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()
        self.page.wait_for_load_state()
        self._look(self.page)

    def follows(self, name: str) -> None:
        self.page.get_by_role("link", name=name).first.click()
        self.page.wait_for_load_state()
        self._look(self.page)

    def sees(self, text: str) -> bool:
        return text in self.page.inner_text("body")

    def waits_to_see(self, text: str, seconds: float = 90.0) -> None:
        """Reload until *text* is on the page, as people do."""
        deadline = time.monotonic() + seconds
        while not self.sees(text):
            assert time.monotonic() < deadline, (
                f"never saw {text!r}:\n{self.page.inner_text('body')}"
            )
            self.page.wait_for_timeout(250)
            self.page.reload()
        self._look(self.page)


class PersonAsking(Someone):
    """Someone in need, on the public form."""

    def asks_for_help(self, words: dict[str, str], need: str = "debt") -> None:
        self.opens("/")
        self.opens("/ask")
        self.page.get_by_role("button", name="Start", exact=True).click()
        told = {**words, "postcode": "SW18 2PU", "years": ""}
        while not self.page.url.endswith("/ask/sharing"):
            self._answers(told, need)
            self.presses("Continue")

    def _answers(self, words: dict[str, str], need: str) -> None:
        """Fill in what this page asks, as far as there are words for it."""
        for field in self.page.locator(
            "input[type=text], input[type=email], input[type=tel], textarea"
        ).all():
            field.fill(words.get(str(field.get_attribute("name")), ""))
        for box in (f"[name=needs][value={need}]", *SAFE):
            if self.page.locator(f"input{box}").count():
                self.page.locator(f"input{box}").check()

    def agrees_to_tell(self, agency: str) -> None:
        section = self.page.locator("section.onward-offer").filter(has_text=agency)
        for box in section.locator("input[name=share]").all():
            assert not box.is_checked()
            box.check()
        self.presses("Continue")

    def sends_it(self) -> tuple[str, str]:
        self.presses("Send my request")
        told = self.page.locator(".onward-keep dd").all_inner_texts()
        reference, code = told
        return reference, code

    def returns(self, reference: str, code: str) -> None:
        self.opens("/my")
        self.page.fill("input[name=reference]", reference)
        self.page.fill("input[name=code]", code)
        self.page.locator("form[action*='/my/sign-in'] button").click()
        self.page.wait_for_load_state()
        self._look(self.page)


class Staff(Someone):
    """A member of staff who signs in with password and code."""

    def signs_in(self, path: str, member: dict[str, Any]) -> None:
        self.opens(path)
        self.page.fill("input[name=email]", member["email"])
        self.page.fill("input[name=password]", member["password"])
        self.presses("Continue")
        used = self._enters_code(pyotp.TOTP(member["totp_secret"]))
        if self.page.locator("input[name=code]").count():  # a code opens the door only once
            self._enters_code(pyotp.TOTP(member["totp_secret"]), after=used)
        self._look(self.page)

    def _enters_code(self, totp: pyotp.TOTP, after: str = "") -> str:
        while totp.now() == after:
            self.page.wait_for_timeout(250)
        code = totp.now()
        self.page.fill("input[name=code]", code)
        self.page.locator("form[action*='/sign-in/code'] button").click()
        self.page.wait_for_load_state()
        return code


def staff_of(hub: RunningHub, agency: str, role: str) -> dict[str, Any]:
    """Return a member of staff of *agency* (by name) who has *role*."""
    return next(
        who
        for who in hub.credentials["staff"]
        if role in who["roles"] and (not agency or who["agency"] == agency)
    )
