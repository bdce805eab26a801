"""One line to the mail provider, kept open between mails, and what its answers mean.

Promise: a provider's own words never leave this module, for they may quote an address. One on
another machine hears none before the line is encrypted and its certificate is checked (RFC 3207).
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from ipaddress import ip_address
from time import monotonic
from typing import TYPE_CHECKING

from services.notify.domain import Later, Refused, Result, Taken

if TYPE_CHECKING:
    from shared.settings import Settings

OK = (250, 251)
CLOSING = 421
PERMANENT = 500
IDLE = 15.0  # seconds after which a kept line is tried before it is trusted
TIMEOUT = 20.0


class Line:
    """Hands over mails one after the other; belongs to one thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: smtplib.SMTP | None = None
        self._used = 0.0

    def hand_over(self, to: str, mail: bytes) -> Result:
        """Give *mail* for *to* to the provider and return what it said."""
        try:
            line = self._ready()
        except (smtplib.SMTPException, OSError):
            self.close()  # whatever it says before it heard of this mail is not about this mail
            return Later("PROVIDER_UNREACHABLE")
        try:
            code = self._say(line, to, mail)
        except smtplib.SMTPResponseException as error:
            self.close()
            return _meaning(error.smtp_code)
        except (smtplib.SMTPException, OSError):
            self.close()
            return Later("PROVIDER_UNREACHABLE")
        self._used = monotonic()
        return Taken() if code in OK else _meaning(code)

    def _say(self, line: smtplib.SMTP, to: str, mail: bytes) -> int:
        """Go through the steps of RFC 5321, 3.3; the first answer that is not yes ends them.

        `sendmail` would take both addresses apart once more, which costs a third of a mail.
        """
        code, _ = line.docmd("MAIL", f"FROM:<{self._settings.mail_from}>")
        if code in OK:
            code, _ = line.docmd("RCPT", f"TO:<{to}>")
        if code in OK:
            code, _ = line.data(mail)
        if code == CLOSING:
            raise smtplib.SMTPServerDisconnected("the provider ends the line")
        if code not in OK:
            self._take_back(line)
        return code

    def _take_back(self, line: smtplib.SMTP) -> None:
        """Have the provider forget what it did not take; its answer stands even if it hangs up."""
        try:
            line.rset()
        except (smtplib.SMTPException, OSError):
            self.close()

    def _ready(self) -> smtplib.SMTP:
        if self._open is not None and monotonic() - self._used > IDLE and not self._alive():
            self.close()
        if self._open is None:
            name = self._settings.mail_from.partition("@")[2]
            host, port = self._settings.smtp_host, self._settings.smtp_port
            self._open = smtplib.SMTP(host, port, local_hostname=name, timeout=TIMEOUT)
            if not _is_here(host):
                self._open.starttls(context=ssl.create_default_context())
            self._open.ehlo_or_helo_if_needed()
        return self._open

    def _alive(self) -> bool:
        with suppress(smtplib.SMTPException, OSError):
            return self._open is not None and self._open.noop()[0] < PERMANENT
        return False

    def close(self) -> None:
        """Let go of the line; the next mail opens another."""
        if self._open is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._open.quit()
        self._open = None


def _is_here(host: str) -> bool:
    """Tell whether nobody can listen on the way to *host*, for it is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _meaning(code: int) -> Result:
    reason = f"SMTP_{code}"
    return Refused(reason) if code >= PERMANENT else Later(reason)
