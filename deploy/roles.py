"""One role and one database for each service, on whatever server an administrator's URL names.

Promise: a role enters its own database and no other; declaring again changes nothing but what
is missing. Passwords are generated here and lie in one file that only its owner may read.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, LiteralString
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from deploy.private import write_secret
from shared.errors import InvalidError, Transient

if TYPE_CHECKING:
    from pathlib import Path

PASSWORDS = "database-passwords.json"
# A forgotten transaction must not keep a service's only writer, nor vacuum, waiting.
LIMITS = {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "30s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "timezone": "UTC",
    "jit": "off",
}
# A statement is planned once for a session, often while its tables are still small: to read them
# whole then costs nothing, and for ever after what the plan did not see coming.
PLANS = {"random_page_cost": "1.1"}


class AdministratorError(Transient):
    """The database server did not let its administrator make roles and databases."""


def check(administrator: str, origin: str) -> None:
    """Refuse an administrator's URL, which the setting *origin* names, that opens nothing."""
    if not administrator.startswith(("postgresql://", "postgres://")):
        raise InvalidError(
            f"{origin} must be a URL like postgresql://operator:password@host/postgres"
        )
    try:
        psycopg.connect(administrator, connect_timeout=10).close()
    except psycopg.Error as error:
        said = str(error).strip().splitlines()[0]
        raise AdministratorError(f"{said} (named in {origin})") from None


def declare(administrator: str, service: str, folder: Path) -> str:
    """Make the role and the database of *service* unless they are there; return its URL."""
    name, password = f"onward_{service}", _password(folder, service)
    where = conninfo_to_dict(administrator)
    host, port = str(where.get("host", "127.0.0.1")), str(where.get("port", 5432))
    try:
        with psycopg.connect(administrator, autocommit=True, connect_timeout=10) as connection:
            _declare(connection, name, password)
    except psycopg.Error as error:
        said = str(error).strip().splitlines()[0]
        raise AdministratorError(
            f"the administrator of {host}:{port} cannot prepare {name}: {said}"
        ) from None
    return url_of(host, port, name, password, name)


def url_of(host: str, port: int | str, user: str, password: str, name: str = "postgres") -> str:
    """Return the URL of the database *name* on a *host*, which may be the folder of a socket.

    Written as libpq and SQLAlchemy both read it (PostgreSQL 15 manual, 34.1.1.2).
    """
    if host.startswith("/"):
        return f"postgresql://{user}:{quote(password)}@/{name}?host={quote(host)}&port={port}"
    return f"postgresql://{user}:{quote(password)}@{host}:{port}/{name}"


def _declare(connection: psycopg.Connection, name: str, password: str) -> None:
    role = sql.Identifier(name)
    if not _there(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", name):
        connection.execute(sql.SQL("CREATE ROLE {}").format(role))
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))
    login = "ALTER ROLE {} LOGIN NOCREATEDB NOCREATEROLE PASSWORD {}"
    connection.execute(sql.SQL(login).format(role, sql.Literal(password)))
    if not _there(connection, "SELECT 1 FROM pg_database WHERE datname = %s", name):
        make = "CREATE DATABASE {0} OWNER {0} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
        connection.execute(sql.SQL(make).format(role))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(role))
    for setting, value in (LIMITS | PLANS).items():
        connection.execute(
            sql.SQL("ALTER ROLE {} SET {} = {}").format(
                role, sql.Identifier(setting), sql.Literal(value)
            )
        )


def _there(connection: psycopg.Connection, question: LiteralString, name: str) -> bool:
    return connection.execute(sql.SQL(question), [name]).fetchone() is not None


def _password(folder: Path, service: str) -> str:
    """Return the password of *service*, made when it is first asked for."""
    file = folder / PASSWORDS
    known: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    if service not in known:
        known[service] = secrets.token_urlsafe(24)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_secret(file, json.dumps(known))
    return known[service]
