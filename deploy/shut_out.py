"""`python -m deploy.shut_out NAME`: a partner's program, or a member of staff, acts here no more.

NAME is the id of a client or a work e-mail address. Works beside a running hub: every service
refuses them as soon as it has heard. Only staff can be let in again; a client needs a new name.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from deploy.doctor import NothingHereError, deployment
from services.identity import create_store
from services.identity.usecases import let_sign_in, revoke_client
from shared.clock import SystemClock
from shared.errors import InvalidError, OnwardError
from shared.identity import Principal
from shared.settings import Settings
from shared.storage.database import open_database

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Shut out whoever is named, or let them in again; return 0 when every service will hear."""
    parser = argparse.ArgumentParser(prog="python -m deploy.shut_out", description=__doc__)
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--undo", action="store_true", help="let a member of staff in again")
    served = "do it where `make up` runs, though `make run` may have been used here too"
    parser.add_argument("--served", action="store_true", help=served)
    asked = parser.parse_args(arguments)
    try:
        settings, _ = deployment(Settings.from_environment(), served=asked.served)
        shut_out(asked.name, settings, undo=asked.undo)
    except OnwardError as error:
        print(f"Nothing was changed: {error}", file=sys.stderr)
        return 2
    print(
        f"{asked.name} is {'let in again' if asked.undo else 'shut out'}; all hear within seconds."
    )
    return 0


def shut_out(name: str, settings: Settings, *, undo: bool = False) -> None:
    """Shut out the client or the member of staff called *name*, or *undo* it for staff."""
    is_staff = "@" in name
    if undo and not is_staff:
        raise InvalidError("a client that was shut out stays so; give it a new name")
    with closing(open_database(settings.database("identity"))) as place:
        if not place.exists():
            raise NothingHereError(f"there is no {place.name}")
    store = create_store(settings, SystemClock())
    try:
        with store.begin(actor=Principal.system("identity")) as tx:
            if is_staff:
                let_sign_in(name, tx, allowed=undo)
            else:
                revoke_client(name, tx)
    finally:
        store.close()


if __name__ == "__main__":
    sys.exit(main())
