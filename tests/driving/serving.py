"""An application behind a real server, and a browser that is signed in to it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from waitress.server import create_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from playwright.sync_api import BrowserContext

HOST = "127.0.0.1"


class Serving:
    """Answers for *app* on a port of its own, until it is stopped."""

    def __init__(self, app: WSGIApplication) -> None:
        self._server = create_server(app, host=HOST, port=0, threads=4, asyncore_use_poll=True)
        self.url = f"http://{HOST}:{self._server.effective_port}"
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Answer nothing more."""
        self._server.close()
        self._thread.join(timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def hold_cookie(context: BrowserContext, cookie: tuple[str, str]) -> None:
    """Let every page of *context* be opened by whoever has this cookie."""
    name, value = cookie
    context.add_cookies(
        [{"name": name, "value": value, "domain": HOST, "path": "/", "secure": True}]
    )
