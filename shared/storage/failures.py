"""What a database can say, in our words.

A full disk, a read-only or damaged file, a lock, a server that is gone or refuses us is
Transient: try later. A broken constraint is a conflict: somebody else was there first. Nothing
that was to be stored is quoted.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import exc

from shared.errors import InvalidError, KeyTakenError, StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

UNUSABLE = (exc.OperationalError, exc.InternalError, exc.TimeoutError)


@contextmanager
def translated(service: str) -> Iterator[None]:
    """Raise our errors for the database's, without the values it was given."""
    try:
        yield
    except exc.IntegrityError as error:
        message = f"{service} already holds a record that excludes this one"
        raise KeyTakenError(message) from _bare(error)
    except exc.DataError:
        message = f"{service} has no column that could hold a value it was given"
        raise InvalidError(message) from None
    except (exc.DatabaseError, exc.TimeoutError) as error:
        if not isinstance(error, UNUSABLE) and type(error) is not exc.DatabaseError:
            raise
        fact = _bare(error)
        message = f"the database of {service} cannot be used: {fact}"
        raise StorageUnavailableError(message) from fact


def _bare(error: exc.SQLAlchemyError) -> Exception:
    """Return the driver's own sentence: SQLAlchemy's and PostgreSQL's details quote the row."""
    original = getattr(error, "orig", None)
    said = getattr(getattr(original, "diag", None), "message_primary", None) or str(original)
    return Exception(said.strip().partition("\n")[0] if original else type(error).__name__)
