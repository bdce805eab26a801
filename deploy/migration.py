"""`make migration SERVICE=... MESSAGE="..."`: write the step from the last schema to this one."""

from __future__ import annotations

import sys
import tempfile
from importlib import import_module
from pathlib import Path

from deploy.served import SERVICES
from deploy.words import words
from shared.clock import SystemClock
from shared.settings import Settings
from shared.storage.migrating import upgrade, write_step
from shared.storage.sqlite import SqliteDatabase

ROOT = Path(__file__).parent.parent


def main(service: str, message: str) -> int:
    """Compare what the steps of *service* make with its tables, and write the difference."""
    if service not in SERVICES:
        return _refused(f"There is no service {service!r}; choose {', '.join(SERVICES)}.")
    if not message.strip():
        return _refused('Say what the step does: MESSAGE="...".')
    migrations = ROOT / "services" / service / "migrations"
    migrations.mkdir(exist_ok=True)
    steps = sorted(migrations.glob("[0-9]*.py"))
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(var=Path(folder))
        metadata = (
            import_module(f"services.{service}").create_store(settings, SystemClock()).metadata
        )
        with SqliteDatabase(Path(folder) / "previous.sqlite3").writing() as connection:
            if steps:
                upgrade(connection, metadata, migrations)
            write_step(connection, metadata, migrations, f"{len(steps) + 1:04d}", message)
    return 0


def _refused(why: str) -> int:
    print(why, file=sys.stderr)
    return 2


if __name__ == "__main__":
    named, *said = words(__doc__, "SERVICE", more="MESSAGE")
    sys.exit(main(named, " ".join(said)))
