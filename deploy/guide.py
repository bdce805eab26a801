"""`python -m deploy.guide import FILE`: take entries from CSV or Open Referral UK into the guide.

Works beside a running hub. Each fault is printed with its place in the file; the exit code is
0 when every row was used, 1 when some were refused, 2 when nothing could be done.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.doctor import NothingHereError, deployment
from services.matching import create_store
from services.matching.errors import FileRefusedError
from services.matching.guide_schema import LISTED
from services.matching.import_loop import import_file
from services.matching.usecases.importing import DEFAULT_LISTED
from shared.clock import SystemClock
from shared.errors import OnwardError
from shared.settings import Settings
from shared.storage.database import open_database

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.importing import Flaw
    from services.matching.usecases.importing import Imported

USED, SOME_REFUSED, FAILED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Import the file that is named and tell what came of it; return the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        settings, _ = deployment(Settings.from_environment(), served=asked.served)
        with closing(open_database(settings.database("matching"))) as place:
            if not place.exists():
                raise NothingHereError(f"there is no {place.name}")
        found = _imported(asked.file, settings, asked.listed, check=asked.check)
    except FileRefusedError as error:
        _tell("Nothing was taken:", error.flaws)
        return FAILED
    except (OnwardError, OSError) as error:
        print(f"Nothing was taken: {error}", file=sys.stderr)
        return FAILED
    return _told(found, check=asked.check)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.guide", description=__doc__)
    words = parser.add_subparsers(required=True, metavar="import")
    take = words.add_parser("import", help="take entries from a file into the guide")
    take.add_argument("file", help="a CSV file, or JSON of Open Referral UK")
    listed = "who finds a new entry that does not say it itself"
    take.add_argument("--listed", choices=LISTED, default=DEFAULT_LISTED, help=listed)
    take.add_argument("--check", action="store_true", help="only say what would happen")
    served = "the hub that `make up` made, though `make run` may have been used here too"
    take.add_argument("--served", action="store_true", help=served)
    return parser


def _imported(file: str, settings: Settings, listed: str, *, check: bool) -> Imported:
    store = create_store(settings, SystemClock())
    try:
        return import_file(Path(file).read_bytes(), store, listed=listed, write=not check)
    finally:
        store.close()


def _told(found: Imported, *, check: bool) -> int:
    for word, names in (
        ("new", found.added),
        ("changed", found.changed),
        ("as before", found.unchanged),
    ):
        print(f"{len(names):>6} {word}")
    _tell("Left out:", found.remarks)
    _tell("Rows that could not be used:", found.refused)
    if check:
        print("Only checked: nothing was written.")
    return SOME_REFUSED if found.refused else USED


def _tell(title: str, flaws: Sequence[Flaw]) -> None:
    if flaws:
        print(title, file=sys.stderr)
    for flaw in flaws:
        print(f"  {flaw.place or 'the file'}: {flaw.detail}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
