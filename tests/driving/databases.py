"""Databases for tests: a real PostgreSQL server per test worker, and fresh databases on it."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path
from typing import cast

import psycopg
from sqlalchemy import make_url

from deploy.database import Cluster
from deploy.roles import declare
from driving.thrift import in_memory
from shared.clock import SystemClock
from shared.settings import Settings
from shared.storage.database import open_database
from shared.storage.schema import prepare

KEPT = 24
STEPS = Path(__file__).parent.parent.parent / "services"
SERVICES = frozenset({"audit", "identity", "intake", "matching", "notify"})


def elsewhere(url: str, name: str) -> str:
    """Return the URL of another database on the same server, for the same user."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def name_in(url: str) -> str:
    """Return the name of a database."""
    return str(make_url(url).database)


class Databases:
    """One server, started when it is first asked for; a service's tables are made once."""

    def __init__(self, folder: Path) -> None:
        self.cluster = Cluster(folder, in_memory())
        self._folder = folder
        self._templates: dict[str, str] = {}
        self._lent: list[str] = []
        self._count, self._started = 0, False

    def fresh(self, service: str) -> str:
        """Return the URL of a new database of *service*, with its tables if it has any."""
        template = self._template(service)
        self._count += 1
        name = f"{service}_{self._count}"
        # Its files are copied: to write each page into the log first takes twice as long.
        self.administer(
            f"CREATE DATABASE {name} TEMPLATE onward_{service} OWNER onward_{service}"
            " STRATEGY FILE_COPY"
        )
        self._lent.append(name)
        return elsewhere(template, name)

    def take_back(self) -> None:
        """Drop what was lent, now and then: each time the server writes a checkpoint first."""
        if len(self._lent) < KEPT:
            return
        for name in self._lent:
            self.administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._lent.clear()

    def administer(self, statement: str) -> None:
        """Run *statement* as the administrator."""
        with psycopg.connect(self.cluster.url, autocommit=True) as connection:
            connection.execute(statement)

    def close(self) -> None:
        """Stop the server and leave nothing behind."""
        self.cluster.stop()
        if self._started:
            shutil.rmtree(self.cluster.server.data, ignore_errors=True)

    def _template(self, service: str) -> str:
        if not self._started:
            self.cluster.start()
            self._started = True
        if service not in self._templates:
            url = declare(self.cluster.url, service, self._folder)
            if service in SERVICES:
                self._make_tables(service, url)
            self._templates[service] = url
        return self._templates[service]

    def _make_tables(self, service: str, url: str) -> None:
        """Make the tables of *service*, and nothing in them."""
        module = import_module(f"services.{service}")
        folder = self._folder / "var"
        file = cast("str", folder / f"{service}.sqlite3")  # its name alone would be a server's
        elsewhere = Settings(var=folder, databases={service: file})
        store = module.create_store(elsewhere, SystemClock())
        database = open_database(url)
        with database.writing() as connection:
            prepare(connection, store.metadata, STEPS / service / "migrations")
        database.close()
        store.close()


class Places:
    """Where the databases of one test lie: asked again, the same place."""

    def __init__(self, folder: Path, databases: Databases | None) -> None:
        self._folder, self._databases = folder, databases
        self._known: dict[tuple[Path, str], Path | str] = {}

    def __call__(self, service: str, folder: Path | None = None) -> Path | str:
        """Return the file or the URL of *service*'s database."""
        key = (folder or self._folder, service)
        if key not in self._known:
            new = (
                self._databases.fresh(service) if self._databases else key[0] / f"{key[1]}.sqlite3"
            )
            self._known[key] = new
        return self._known[key]

    @property
    def on_server(self) -> bool:
        """Tell whether they are PostgreSQL's."""
        return self._databases is not None
