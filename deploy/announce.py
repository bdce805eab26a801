"""`python -m deploy.announce --state [SERVICE]`: owners tell their present state again.

For whoever lost its copies: a service whose database was made anew or emptied of them. Works
beside a running hub; what is told twice changes nothing, and nobody acts on it.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from importlib import import_module
from typing import TYPE_CHECKING

from deploy.doctor import NothingHereError, deployment
from shared.bus.restating import restate
from shared.clock import SystemClock
from shared.errors import OnwardError
from shared.settings import Settings
from shared.storage.database import open_database

if TYPE_CHECKING:
    from collections.abc import Sequence

OWNERS = ("matching", "identity", "intake")
"""Those who keep what others copy, each after those whose copies it may tell from."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Let the owners that are named, or all, restate; return 0 when it is on its way."""
    parser = argparse.ArgumentParser(prog="python -m deploy.announce", description=__doc__)
    text = "tell the present state again, of one service or of all"
    parser.add_argument("--state", nargs="?", const="", required=True, metavar="SERVICE", help=text)
    served = "tell what `make up` made, though `make run` may have been used here too"
    parser.add_argument("--served", action="store_true", help=served)
    asked = parser.parse_args(arguments)
    chosen = asked.state
    if chosen not in ("", *OWNERS):
        parser.error(f"nobody copies what {chosen} keeps; choose {', '.join(OWNERS)}")
    try:
        settings, _ = deployment(Settings.from_environment(), served=asked.served)
        for owner in [chosen] if chosen else OWNERS:
            count = announce_state(owner, settings)
            print(f"{owner} tells {count} events again; they arrive within seconds.")
    except OnwardError as error:
        print(f"Nothing more was told: {error}", file=sys.stderr)
        return 2
    return 0


def announce_state(owner: str, settings: Settings) -> int:
    """Let *owner* tell all that others copy of it; return how many events that is."""
    with closing(open_database(settings.database(owner))) as place:
        if not place.exists():
            raise NothingHereError(f"there is no {place.name}")
    store = import_module(f"services.{owner}").create_store(settings, SystemClock())
    try:
        return restate(store, import_module(f"services.{owner}.restating").PARTS)
    finally:
        store.close()


if __name__ == "__main__":
    sys.exit(main())
