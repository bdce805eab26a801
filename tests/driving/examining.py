"""What axe says of a page.

It is asked for what is wrong and no more: the long list of what is right takes longer to send.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.base import AXE_SCRIPT

if TYPE_CHECKING:
    from playwright.sync_api import Page

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async tags => {
  const found = await axe.run(document, {
    runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]
  });
  return found.violations.map(v => `${v.id} ${v.help}: ${v.nodes[0].html.slice(0, 200)}`);
}"""
THERE = "typeof axe !== 'undefined'"


def axe_violations(page: Page) -> list[str]:
    """Return what axe finds wrong with the open page by WCAG 2.2 A and AA."""
    if not page.evaluate(THERE):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(RUN, WCAG)
    return [f"{page.url}: {one}" for one in found]
