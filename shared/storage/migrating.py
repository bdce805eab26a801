"""Alembic, set up for one service's folder of steps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from alembic import command
from alembic.config import Config

from shared.storage.moments import UtcDateTime

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from sqlalchemy import Connection, MetaData

ENVIRONMENT = Path(__file__).parent / "alembic"


def upgrade(connection: Connection, metadata: MetaData, migrations: Path, to: str = "head") -> None:
    """Lead a database through every step up to *to* that it has not taken yet."""
    command.upgrade(_config(connection, metadata, migrations), to)


def write_step(
    connection: Connection, metadata: MetaData, migrations: Path, number: str, message: str
) -> None:
    """Write a new step: what leads from the database behind *connection* to *metadata*."""
    config = _config(connection, metadata, migrations)
    command.revision(config, message, autogenerate=True, rev_id=number)


def _config(connection: Connection, metadata: MetaData, migrations: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ENVIRONMENT))
    config.set_main_option("version_locations", str(migrations))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes.update(connection=connection, metadata=metadata)
    return config


def render(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:  # noqa: ANN401
    """Render our own column type; everything else as Alembic does."""
    del context
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False
