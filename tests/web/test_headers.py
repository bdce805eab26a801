"""Headers, cookies and static files."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from shared.web.static_files import BUILD, manifest
from tests.web.conftest import make_tiny

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

PATHS = ["/tiny/page", "/nothing", "/api/v1/wishes", "/api/v1/raise/unforeseen", "/tiny/readyz"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers

    assert headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers
    assert "Server" not in headers


def test_the_nonce_is_fresh_and_in_every_inline_script(client: FlaskClient) -> None:
    first, second = client.get("/tiny/page"), client.get("/tiny/page")
    nonces = [
        re.search(r"'nonce-([^']+)'", r.headers["Content-Security-Policy"])[1]  # type: ignore[index]
        for r in (first, second)
    ]
    inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", first.get_data(as_text=True))

    assert nonces[0] != nonces[1]
    assert inline
    assert all(f'nonce="{nonces[0]}"' in attributes for attributes in inline)


def test_pages_have_no_inline_style_and_name_no_other_origin(client: FlaskClient) -> None:
    for path in ("/tiny/page", "/tiny/page?area=staff", "/nothing"):
        html = client.get(path).get_data(as_text=True)

        assert not re.search(r"\sstyle=|<style|\son\w+=", html)
        assert set(re.findall(r'https?://[^"/\s]+', html)) <= {"http://www.w3.org"}
        assert "GOV.UK" not in html


def test_over_https_cookies_are_bound_to_the_host(tmp_path: Path) -> None:
    app = make_tiny(tmp_path, base_url="https://hub.example")
    response = app.test_client().get("/tiny/page", base_url="https://hub.example")
    cookie = response.headers["Set-Cookie"]

    assert cookie.startswith("__Host-onward-tiny-form=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_the_signing_key_outlives_the_process_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    first, second = make_tiny(tmp_path), make_tiny(tmp_path)
    file = tmp_path / "keys" / "tiny-forms.key"

    assert first.config["SECRET_KEY"] == second.config["SECRET_KEY"]
    assert file.stat().st_mode & 0o077 == 0


def test_static_files_are_named_by_content_and_kept_for_a_year(client: FlaskClient) -> None:
    for plain, served in manifest().items():
        response = client.get(f"/static/{served}")

        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert client.get(f"/static/{plain}").status_code == 404


def test_only_files_of_the_manifest_are_served(client: FlaskClient) -> None:
    for name in ("manifest.json", "../onward.css", "..%2fonward.css", "%2e%2e/onward.css"):
        assert client.get(f"/static/{name}").status_code == 404


def test_nothing_of_the_govuk_brand_is_left() -> None:
    files = json.loads((BUILD / "manifest.json").read_text())["files"]
    css = (BUILD / files["govuk-frontend.css"]).read_text()

    assert not re.search(r"@font-face|gds transport|crest|crown|url\(|1d70b8", css, re.IGNORECASE)
    assert "#0b5e57" in css
    assert not [name for name in files.values() if re.search(r"crest|crown|\.woff", name)]
