"""The driver behind a connection: its own speed, and SQLAlchemy's errors without the values."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection


def send(connection: Connection, statement: str, values: Sequence[Any] = ()) -> Any:  # noqa: ANN401 - the driver's cursor
    """Run *statement* as the driver understands it and return the driver's cursor."""
    driver: Any = connection.connection.driver_connection
    try:
        return driver.execute(statement, values) if values else driver.execute(statement)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _named(connection, statement, error) from error


def send_numbered(connection: Connection, statement: str, values: Sequence[Any]) -> None:
    """Run *statement*, whose values stand where it says $1, $2 and so on, as PostgreSQL does.

    A long one with the driver's own marks would be searched for them anew each time.
    """
    from psycopg import RawCursor  # noqa: PLC0415 - only where there is PostgreSQL

    driver: Any = connection.connection.driver_connection
    try:
        with RawCursor(driver) as cursor:
            cursor.execute(statement.encode(), values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _named(connection, statement, error) from error


def send_many(connection: Connection, statement: str, rows: Sequence[Sequence[Any]]) -> int:
    """Run *statement* once for each of *rows*; return how many rows that made or changed."""
    driver: Any = connection.connection.driver_connection
    cursor = driver.cursor()
    try:
        cursor.executemany(statement, rows)
        count: int = cursor.rowcount
    except connection.dialect.loaded_dbapi.Error as error:
        raise _named(connection, statement, error) from error
    finally:
        cursor.close()
    return count


def can_copy(connection: Connection) -> bool:
    """Tell whether the driver has PostgreSQL's COPY."""
    return connection.dialect.name == "postgresql"


def copy(
    connection: Connection, statement: str, types: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Send *rows* by a binary COPY, its values of PostgreSQL's *types*."""
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as stream:
            stream.set_types(types)
            for row in rows:
                stream.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _named(connection, statement, error) from error


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """Let what is sent in the block travel at once, where the driver knows how (psycopg does)."""
    driver: Any = connection.connection.driver_connection
    if not hasattr(driver, "pipeline"):
        yield
        return
    try:
        with driver.pipeline():
            yield
    except connection.dialect.loaded_dbapi.Error as error:
        raise _named(connection, "", error) from error


def _named(connection: Connection, statement: str, error: Exception) -> BaseException:
    dialect, base = connection.dialect, connection.dialect.loaded_dbapi.Error
    return DBAPIError.instance(statement, None, error, base, hide_parameters=True, dialect=dialect)
