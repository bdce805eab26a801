"""Asking the databases of a hub, SQLite's files or PostgreSQL's, in one and the same words."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import psycopg


class Ledgers(Protocol):
    """What may be asked of each service's database."""

    def rows(self, service: str, query: str, *values: Any) -> list[Any]:
        """Return the rows of *query*, whose values stand where it has question marks."""
        ...


class Files:
    """SQLite's files in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def rows(self, service: str, query: str, *values: Any) -> list[Any]:
        """Return the rows of *query* on the database of *service*."""
        file = f"file:{self._folder / service}.sqlite3?mode=ro"
        with sqlite3.connect(file, uri=True, timeout=30) as db:
            return db.execute(query, values).fetchall()


class Servers:
    """PostgreSQL's databases, each on one connection that is made anew when it is lost."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls
        self._known: dict[str, psycopg.Connection[Any]] = {}

    def rows(self, service: str, query: str, *values: Any) -> list[Any]:
        """Return the rows of *query* on the database of *service*."""
        asked = query.replace("?", "%s")
        try:
            return self._connection(service).execute(asked.encode(), values or None).fetchall()
        except psycopg.OperationalError:  # it was killed since we last asked
            self._known.pop(service).close()
            return self._connection(service).execute(asked.encode(), values or None).fetchall()

    def _connection(self, service: str) -> psycopg.Connection[Any]:
        if service not in self._known:
            self._known[service] = psycopg.connect(self._urls[service], autocommit=True)
        return self._known[service]

    def close(self) -> None:
        """Let go of the connections."""
        for connection in self._known.values():
            connection.close()
        self._known.clear()
