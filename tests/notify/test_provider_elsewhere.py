"""A provider on another machine hears nothing before the line is encrypted and it is itself."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.notify.domain import Later, Taken
from services.notify.sink import Mailbox, Sink
from services.notify.smtp import Line
from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ELSEWHERE = "0.0.0.0"  # noqa: S104 - leads here, and is no loopback address
UNREACHABLE = Later("PROVIDER_UNREACHABLE")


class Provider(Sink):
    """Notes how it hears of each mail; encrypts if it has a certificate."""

    def __init__(self, folder: Path, certificate: Path | None) -> None:
        super().__init__(Mailbox(folder / "mails"))
        self.heard: list[str] = []
        self._tls: ssl.SSLContext | None = None
        if certificate is not None:
            self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._tls.load_cert_chain(certificate)

    async def handle_MAIL(  # noqa: N802 - the name aiosmtpd calls
        self, _server: Any, session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        self.heard.append("encrypted" if session.ssl else "plain")
        envelope.mail_from = address
        return "250 ok"

    def _session(self) -> Any:
        return SMTP(self, hostname="elsewhere.example", tls_context=self._tls, loop=self._loop)


def a_certificate(folder: Path, address: str) -> Path:
    """Write a key and a certificate for *address*, signed by itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, address)])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(alternative, critical=False)
        .sign(key, hashes.SHA256())
    )
    shape = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(*shape, serialization.NoEncryption())
    file = folder / "provider.pem"
    file.write_bytes(secret + built.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return a_certificate(tmp_path, ELSEWHERE)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    started: list[Provider] = []

    def starts(certificate: Path | None = None) -> Provider:
        started.append(Provider(tmp_path, certificate))
        started[-1].start()
        return started[-1]

    yield starts
    for provider in started:
        provider.stop()


def hand_over(provider: Provider, host: str) -> Any:
    return to_port(provider.port, host)


def to_port(port: int, host: str = "127.0.0.1") -> Any:
    line = Line(replace(Settings(), smtp_host=host, smtp_port=port))
    try:
        return line.hand_over("mair@example.org", b"Subject: Thank you\r\n\r\nWe have it.\r\n")
    finally:
        line.close()


def test_a_mail_to_another_machine_goes_encrypted(
    start: Any, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    provider = start(certificate)

    assert hand_over(provider, ELSEWHERE) == Taken()
    assert provider.heard == ["encrypted"]


def test_a_provider_that_does_not_encrypt_hears_no_address(start: Any) -> None:
    provider = start()

    assert hand_over(provider, ELSEWHERE) == UNREACHABLE
    assert provider.heard == []


def test_whoever_only_pretends_to_be_the_provider_hears_no_address(
    start: Any, certificate: Path
) -> None:
    provider = start(certificate)  # which nobody vouches for

    assert hand_over(provider, ELSEWHERE) == UNREACHABLE
    assert provider.heard == []


def test_on_this_machine_nobody_listens_in_between(start: Any) -> None:
    provider = start()

    assert hand_over(provider, "127.0.0.1") == Taken()
    assert provider.heard == ["plain"]


def test_a_provider_that_turns_everybody_away_at_the_door_has_refused_no_mail() -> None:
    def turns_away() -> None:
        visitor, _ = door.accept()
        with visitor:
            visitor.sendall(b"554 no service for you today\r\n")

    with socket.create_server(("127.0.0.1", 0)) as door:
        doorkeeper = Thread(target=turns_away)
        doorkeeper.start()

        said = to_port(door.getsockname()[1])

        doorkeeper.join()
    assert said == UNREACHABLE
