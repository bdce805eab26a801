"""The private PostgreSQL server: whom it serves, and what it keeps."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.database import Cluster, Server, ServerError
from deploy.roles import PASSWORDS, AdministratorError, declare
from driving.databases import elsewhere


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("server"))
    cluster.start()
    yield cluster
    cluster.stop()
    shutil.rmtree(cluster.server.data)


def query(url: str, question: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        (answer,) = connection.execute(question).fetchone() or ("",)
        return str(answer)


def test_it_listens_on_loopback_and_where_nobody_else_may_enter(cluster: Cluster) -> None:
    assert query(cluster.url, "SHOW listen_addresses") == "127.0.0.1"
    folder = Path(query(cluster.url, "SHOW unix_socket_directories"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert query(cluster.url, "SELECT inet_client_addr() IS NULL") == "True"
    assert query(cluster.url, "SHOW fsync") == "on"


def test_nobody_enters_without_a_password(cluster: Cluster) -> None:
    url = cluster.url.replace(cluster.server.password, "")

    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_where_the_path_to_its_socket_is_too_long_it_is_reached_over_loopback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.database.LONGEST_SOCKET", 10)
    with Cluster(tmp_path) as far:
        assert query(far.url, "SELECT host(inet_client_addr())") == "127.0.0.1"
        assert query(declare(far.url, "ear", tmp_path), "SELECT 7") == "7"
    shutil.rmtree(far.server.data)


def test_a_server_made_before_it_had_a_socket_is_reached_as_it_was() -> None:
    known = {"data": "/nowhere", "port": 5432, "password": "word"}

    assert Server(**known).socket == ""


def test_what_must_be_secret_is_readable_by_its_owner_alone(
    cluster: Cluster, tmp_path: Path
) -> None:
    url = declare(cluster.url, "ear", tmp_path)

    secret = [cluster.folder / "server.json", tmp_path / PASSWORDS]
    assert {stat.S_IMODE(file.stat().st_mode) for file in secret} == {0o600}
    assert json.loads((tmp_path / PASSWORDS).read_text())["ear"] in url


def test_declaring_again_changes_nothing(cluster: Cluster, tmp_path: Path) -> None:
    first = declare(cluster.url, "ear", tmp_path)
    with psycopg.connect(first, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS n")

    again = declare(cluster.url, "ear", tmp_path)

    assert again == first
    assert query(again, "SELECT n FROM kept") == "7"


def test_an_administrator_need_not_be_a_superuser(cluster: Cluster, tmp_path: Path) -> None:
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE clerk LOGIN CREATEROLE CREATEDB PASSWORD 'clerk'")
        connection.execute("GRANT CONNECT ON DATABASE postgres TO clerk")
    clerk = cluster.url.replace(f"operator:{cluster.server.password}", "clerk:clerk")

    url = declare(clerk, "desk", tmp_path)

    assert query(url, "SELECT current_user") == "onward_desk"
    assert declare(clerk, "desk", tmp_path) == url


def test_a_role_has_limits_and_no_powers(cluster: Cluster, tmp_path: Path) -> None:
    url = declare(cluster.url, "bell", tmp_path)

    assert query(url, "SHOW statement_timeout") == "30s"
    assert query(url, "SHOW lock_timeout") == "10s"
    assert query(url, "SHOW idle_in_transaction_session_timeout") == "30s"
    assert query(url, "SHOW timezone") == "UTC"
    assert query(url, "SHOW random_page_cost") == "1.1"
    assert query(url, "SELECT datcollate FROM pg_database WHERE datname = 'onward_bell'") == "C"
    for forbidden in ("CREATE ROLE more", "CREATE DATABASE more"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            query(url, forbidden)
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(elsewhere(url, "postgres"))


def test_a_wrong_administrator_is_told_in_one_sentence_without_the_password(
    cluster: Cluster, tmp_path: Path
) -> None:
    url = cluster.url.replace(cluster.server.password, "mistaken")

    with pytest.raises(AdministratorError) as refused:
        declare(url, "ear", tmp_path)

    assert "password authentication failed" in str(refused.value)
    assert "mistaken" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_killed_and_started_again_it_has_what_was_committed(
    cluster: Cluster, tmp_path: Path
) -> None:
    url = declare(cluster.url, "diary", tmp_path)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE day AS SELECT 21 AS n")
        cluster.kill()

    cluster.start()

    assert query(declare(cluster.url, "diary", tmp_path), "SELECT n FROM day") == "21"


def test_a_folder_whose_data_is_gone_is_not_silently_begun_anew(tmp_path: Path) -> None:
    lost = {"data": str(tmp_path / "gone"), "port": 1, "password": "x"}
    (tmp_path / "server.json").write_text(json.dumps(lost))

    with pytest.raises(ServerError, match="is gone"):
        Cluster(tmp_path).start()
