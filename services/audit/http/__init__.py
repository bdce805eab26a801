"""The doors of audit: the public log, the partner API and the governance console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.audit.http import console, entries_api, public_log, whole_log
from services.audit.signer import signer_of
from shared.web import build_app
from shared.web.api import register

if TYPE_CHECKING:
    from flask import Flask

    from services.audit.storage import AuditTransaction
    from shared.settings import Settings
    from shared.storage import Store


def build(settings: Settings, store: Store[AuditTransaction]) -> Flask:
    """Return the application of audit."""
    app = build_app("audit", settings=settings, store=store, package="services.audit")
    app.extensions["audit.signer"] = signer_of(settings)
    register(app, entries_api.bp)
    app.register_blueprint(public_log.bp)
    app.register_blueprint(console.bp)
    app.register_blueprint(whole_log.bp)
    return app
