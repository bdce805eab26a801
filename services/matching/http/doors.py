"""Every page and every route of matching, put on its application at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.http import (
    answer_pages,  # noqa: F401 - adds its pages to the portal
    choosing_api,  # noqa: F401 - adds sending to the API of referrals
    closure_pages,  # noqa: F401 - adds its pages to an agency's services
    decision_api,  # noqa: F401 - adds its reads to the API of referrals
    decision_pages,  # noqa: F401 - adds its pages to the portal and the desk
    desk_pages,
    desk_placing,  # noqa: F401 - adds its pages to the desk
    entry_pages,  # noqa: F401 - adds its pages to an agency's services
    guide_pages,
    helping_api,  # noqa: F401 - adds its actions to the API of referrals
    import_pages,
    inbox_pages,  # noqa: F401 - adds its pages to the portal
    notes_pages,  # noqa: F401 - the same
    offices,
    open_referral,
    partner_guide_pages,
    places_pages,
    portal,
    referrals_api,
    rule_pages,  # noqa: F401 - adds its pages to an agency's services
    services_api,
    services_pages,
    stopping_api,  # noqa: F401 - adds its actions to the API of referrals
    stopping_pages,  # noqa: F401 - adds its pages to the portal
    waiting_pages,  # noqa: F401 - the same
    working_together,
)
from shared.web import api

if TYPE_CHECKING:
    from flask import Flask

PAGES = (guide_pages, portal, desk_pages, places_pages, services_pages, partner_guide_pages)


def register(app: Flask) -> None:
    """Put every page and every route of matching on *app*."""
    api.register(app, services_api.bp, referrals_api.bp, open_referral.bp)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
    import_pages.install(app)
    working_together.install(app)
    offices.install(app)
