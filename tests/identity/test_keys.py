"""The keys that sign tokens, on disk and in use."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from identity.front import FrontDesk, claims_of
from joserfc import jws

from services.identity.keys import SigningKeys
from shared.vault import KeysRefusedError


def test_the_first_start_makes_two_private_files(tmp_path: Path) -> None:
    SigningKeys(tmp_path / "keys")

    files = sorted((tmp_path / "keys").iterdir())
    assert [file.name for file in files] == [
        "identity.signing.current.jwk",
        "identity.signing.next.jwk",
    ]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_second_start_reads_the_same_keys(tmp_path: Path) -> None:
    assert SigningKeys(tmp_path).published() == SigningKeys(tmp_path).published()


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    SigningKeys(tmp_path)
    (tmp_path / "identity.signing.current.jwk").chmod(0o640)

    with pytest.raises(KeysRefusedError):
        SigningKeys(tmp_path)


def test_rotation_signs_with_the_key_published_before_and_keeps_the_last(tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path)
    old, promised = keys.current.kid, keys.next.kid

    keys.rotate()

    assert keys.current.kid == promised
    assert {key["kid"] for key in keys.published()["keys"]} >= {old, promised}
    assert len(keys.published()["keys"]) == 3
    assert SigningKeys(tmp_path).published() == keys.published()


def test_tokens_before_and_after_a_rotation_are_believed(desk: FrontDesk) -> None:
    keys = desk.app.extensions["authorization_server"].keys
    before = desk.token(desk.assertion(jti="a")).json["access_token"]
    assert _status(desk, before) == 200

    keys.rotate()
    desk.clock.advance(timedelta(seconds=1))
    after = desk.token(desk.assertion(jti="b")).json["access_token"]

    assert _kid(before) != _kid(after)
    assert claims_of(after)["jti"] != claims_of(before)["jti"]
    assert [_status(desk, before), _status(desk, after)] == [200, 200]


def _kid(token: str) -> object:
    return jws.extract_compact(token.encode()).headers()["kid"]


def _status(desk: FrontDesk, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return desk.matching.test_client().get("/api/v1/referrals", headers=headers).status_code
