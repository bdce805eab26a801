"""The pages of notify: what was sent, and in a demonstration the mails themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.notify.http import deliveries, mail
from services.notify.storage import NotifyTransaction
from shared.metrics_tables import Counted
from shared.web import build_app
from shared.web.health import collectors

if TYPE_CHECKING:
    from flask import Flask

    from shared.settings import Settings
    from shared.storage import Store


def build(settings: Settings, store: Store[NotifyTransaction]) -> Flask:
    """Return the application of notify."""
    app = build_app("notify", settings=settings, store=store, package="services.notify")
    app.register_blueprint(deliveries.bp)
    told = "Deliveries by how far they have come."
    by_state = Counted(store, "onward_deliveries", told, "state", NotifyTransaction.counts)
    collectors(app).append(by_state)
    if settings.demo:
        app.register_blueprint(mail.bp)
    return app
