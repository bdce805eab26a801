"""Where intake meets people, partners and staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.http import (
    consents,
    details,
    flags,
    hidden_names,
    limits,
    notices,
    outreach,
    overrides,
    page_by_phone,
    public,
    receipts,
    referrer,
    request_commands,  # noqa: F401 - adds its routes to those of requests
    requests,
    rights,
    rights_schedule,
    rota,
)
from services.intake.http.public import my_danger
from shared.web import api

if TYPE_CHECKING:
    from flask import Flask


def register(app: Flask) -> None:
    """Put every page and every route of intake on *app*."""
    app.register_blueprint(details.bp)
    app.register_blueprint(rights.bp)
    app.register_blueprint(rights_schedule.bp)
    app.register_blueprint(overrides.bp)
    app.register_blueprint(page_by_phone.bp)
    app.register_blueprint(flags.bp)
    app.register_blueprint(rota.bp)
    app.register_blueprint(hidden_names.bp)
    app.register_blueprint(my_danger.bp)
    api.register(app, flags.api)
    outreach.register(app)
    referrer.register(app)
    app.register_blueprint(receipts.staff_bp)
    app.register_blueprint(receipts.own_bp)
    api.register(app, requests.bp, notices.bp, consents.bp)
    public.register(app)
    limits.install(app)
