"""Everything a deployment may set, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared.errors import InvalidError

PORTS = range(1, 65536)


@dataclass(frozen=True, slots=True)
class Settings:
    """One deployment: where its data lies, where it answers, how its mail leaves.

    Without an SMTP port of its own a demonstration sends mail to a sink it starts itself.
    """

    var: Path = Path("var")
    port: int = 8080
    base_url: str = "http://127.0.0.1:8080"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 0
    mail_from: str = "noreply@onward.example"
    demo: str = ""
    databases: Mapping[str, str] = field(default_factory=dict, repr=False)
    brokers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the ONWARD_* variables; what is unset keeps its default."""
        port = _port("ONWARD_PORT", "8080")
        return cls(
            var=Path(os.environ.get("ONWARD_VAR", "var")).absolute(),
            port=port,
            base_url=os.environ.get("ONWARD_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
            smtp_host=os.environ.get("ONWARD_SMTP_HOST", "127.0.0.1"),
            smtp_port=_port("ONWARD_SMTP_PORT", "0"),
            mail_from=os.environ.get("ONWARD_MAIL_FROM", "noreply@onward.example"),
            demo=os.environ.get("DEMO", ""),
            databases=_by_service("ONWARD_DATABASE_URL_"),
            brokers=_by_service("ONWARD_AMQP_URL_"),
        )

    @property
    def issuer(self) -> str:
        """Who signs tokens."""
        return self.base_url

    @property
    def audience(self) -> str:
        """Whom access tokens of the partner API are for."""
        return f"{self.base_url}/api"

    @property
    def keys(self) -> Path:
        """The folder of key files."""
        return self.var / "keys"

    def database(self, service: str) -> Path | str:
        """Return where *service*'s own database is: a file of SQLite's, or a PostgreSQL URL."""
        return self.databases.get(service) or self.var / f"{service}.sqlite3"

    def amqp(self, service: str) -> str | None:
        """Return the URL by which *service* reaches the broker; None in one process."""
        return self.brokers.get(service)


def _by_service(prefix: str) -> dict[str, str]:
    """Return the URLs that the environment names, by service; passwords are in them."""
    return {
        name.removeprefix(prefix).lower(): url
        for name, url in os.environ.items()
        if name.startswith(prefix) and url
    }


def _port(name: str, default: str) -> int:
    given = os.environ.get(name) or default
    if given != default and not (given.isascii() and given.isdigit() and int(given) in PORTS):
        raise InvalidError(f"{name} must be a number from 1 to 65535, not {given!r}")
    return int(given)
