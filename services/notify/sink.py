"""A real SMTP server for demonstrations: keeps the mails it takes as files, sends none on.

Promise: a mail is in the folder, whole, before the sender is told that it was taken; the
newest 500 are kept. Only this machine can reach it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from email import message_from_bytes
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP

from shared.ids import new_id

if TYPE_CHECKING:
    from pathlib import Path

    from shared.settings import Settings

KEPT = 500
HOST = "127.0.0.1"
_NAME = re.compile(r"[0-9a-f-]{36}\.eml")


class Mailbox:
    """A folder of mails, in the manner of Maildir: written aside, then moved into place."""

    def __init__(self, folder: Path) -> None:
        self._new, self._draft = folder / "new", folder / "tmp"
        for place in (self._new, self._draft):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)

    def add(self, mail: bytes) -> None:
        """Keep *mail*, and drop the oldest beyond what is kept."""
        name = f"{new_id()}.eml"
        draft = self._draft / name
        try:
            draft.write_bytes(mail)
            draft.rename(self._new / name)
        finally:
            draft.unlink(missing_ok=True)

    def prune(self) -> None:
        """Drop the oldest mails beyond those kept."""
        for name in self.names()[KEPT:]:
            (self._new / name).unlink(missing_ok=True)

    def names(self) -> list[str]:
        """Return the names of the mails, newest first."""
        return sorted(
            filter(_NAME.fullmatch, (mail.name for mail in self._new.iterdir())), reverse=True
        )

    def read(self, name: str) -> bytes | None:
        """Return one mail, or None where there is none of that name."""
        path = self._new / name
        return path.read_bytes() if _NAME.fullmatch(name) and path.exists() else None


class Sink:
    """The SMTP server, on a thread of its own; `port` is known once it is started."""

    def __init__(self, mailbox: Mailbox, port: int = 0) -> None:
        self.port = port
        self._mailbox = mailbox
        self._taken = 0
        self._loop = asyncio.new_event_loop()
        self._ready = Event()
        self._failure: OSError | None = None
        self._thread = Thread(target=self._run, name="mail-sink", daemon=True)

    def start(self) -> Sink:
        """Begin to take mails; raise OSError if the port is taken."""
        # aiosmtpd tells every command, and so whom each mail is for.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        self._thread.start()
        self._ready.wait()
        if self._failure:
            raise self._failure
        return self

    def stop(self) -> None:
        """Take no more mails."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd calls
        self,
        _server: Any,  # noqa: ANN401 - aiosmtpd has no types
        _session: Any,  # noqa: ANN401
        envelope: Any,  # noqa: ANN401
    ) -> str:
        """Keep one mail, then say so."""
        try:
            self._mailbox.add(envelope.original_content)
        except OSError:
            return "452 4.3.1 no room for mail at the moment"
        self._taken += 1
        if self._taken % 50 == 0:
            self._mailbox.prune()
        return "250 taken"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            server = self._loop.run_until_complete(self._listen())
        except OSError as error:
            self._failure = error
            return
        finally:
            self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        server = await self._loop.create_server(self._session, HOST, self.port)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def _session(self) -> Any:  # noqa: ANN401 - aiosmtpd has no types
        return SMTP(self, hostname="onward.example", enable_SMTPUTF8=True, loop=self._loop)


class Elsewhere:
    """Stands where a sink would, when the deployment named an SMTP server of its own."""

    def __init__(self, port: int) -> None:
        self.port = port

    def stop(self) -> None:
        """Do nothing: the server is not ours."""


def demo_mailbox(settings: Settings) -> Mailbox:
    """Return the folder in which a demonstration keeps its mails."""
    return Mailbox(settings.var / "demo" / "mail")


def start_sink(settings: Settings) -> Sink | Elsewhere:
    """Start the demonstration's mail server, unless mail goes elsewhere."""
    if settings.smtp_port:
        return Elsewhere(settings.smtp_port)
    return Sink(demo_mailbox(settings)).start()


def readable(mail: bytes) -> dict[str, str]:
    """Return what a person would see of *mail*."""
    message = message_from_bytes(mail)
    body = message.get_payload(decode=True)
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else ""
    headers = {name.lower(): str(value) for name, value in message.items()}
    return {**headers, "text": text.replace("\r\n", "\n")}
