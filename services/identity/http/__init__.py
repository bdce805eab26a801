"""The routes of identity."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from services.identity.http import account, confirming, oauth, sign_in, teams
from services.identity.keys import SigningKeys
from services.identity.passwords import prepare
from services.identity.server import Server

if TYPE_CHECKING:
    from flask import Flask

    from shared.settings import Settings


def install(app: Flask, settings: Settings) -> None:
    """Give *app* the token endpoint, sign-in and the account page."""
    # At level DEBUG the library would write issued tokens into the log.
    logging.getLogger("authlib").setLevel(logging.WARNING)
    prepare()
    app.extensions["authorization_server"] = Server(app, settings, SigningKeys(settings.keys))
    app.extensions["staff_of"] = account.staff_of
    app.extensions["sign_in_endpoint"] = "sign_in.ask"
    for blueprint in (oauth.bp, sign_in.bp, account.bp, confirming.bp, teams.bp):
        app.register_blueprint(blueprint)
