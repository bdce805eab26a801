"""Everything a deployment may set, read once from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
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

    def database(self, service: str) -> Path:
        """Return the file of *service*'s own database."""
        return self.var / f"{service}.sqlite3"


def _port(name: str, default: str) -> int:
    given = os.environ.get(name) or default
    if given != default and not (given.isascii() and given.isdigit() and int(given) in PORTS):
        raise InvalidError(f"{name} must be a number from 1 to 65535, not {given!r}")
    return int(given)
