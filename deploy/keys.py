"""`python -m deploy.keys rotate`: new key encryption keys, and every data key put under them.

Works beside a running hub, and may be killed at any moment: given again it goes on where it
was. The old key is destroyed only when no data key of any table is under it any more.
`rotate-lookups` replaces the key of the blind indexes in the same manner.
"""

from __future__ import annotations

import argparse
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

from deploy.doctor import deployment
from deploy.key_rows import Place, moment_of, older_transactions, places_of, rewrap_some
from shared.clock import SystemClock
from shared.errors import OnwardError
from shared.settings import Settings
from shared.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.clock import Clock
    from shared.storage import Store

SERVICES = ("identity", "intake", "matching", "notify")
"""Those who seal anything. Audit's only key signs; see the runbook."""
INDEXED = "intake"
PAUSE = 0.2


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked of every service, or of one; return 0 when it is done."""
    asked = _asked(arguments)
    try:
        settings, _ = deployment(Settings.from_environment(), served=asked.served)
        if asked.word == "rotate-lookups":
            rotate_lookups(settings)
        for service in [asked.service] if asked.service else SERVICES:
            if asked.word == "rotate" and (settings.keys / f"{service}.kek").exists():
                rotate(service, settings)
    except OnwardError as error:
        print(f"Not done, and nothing is lost: {error}. Give the command again.", file=sys.stderr)
        return 2
    return 0


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.keys", description=__doc__)
    parser.add_argument("word", choices=["rotate", "rotate-lookups"], help="what to replace")
    parser.add_argument("--service", choices=SERVICES, help="of this service alone")
    parser.add_argument("--served", action="store_true", help="of what `make up` made")
    return parser.parse_args(arguments)


def rotate(service: str, settings: Settings, clock: Clock | None = None) -> int:
    """Replace one service's key encryption key; return how many data keys were rewrapped."""
    store = import_module(f"services.{service}").create_store(settings, clock or SystemClock())
    try:
        count = rewrap_all(store, Vault(service, settings.keys))
    finally:
        store.close()
    print(f"{service}: {count} data keys are under a new key; the old one is destroyed.")
    return count


def rewrap_all(store: Store[Any], vault: Vault) -> int:
    """Put a new key in place, every data key under it, and destroy the old one."""
    vault.ring.replace()
    old = vault.ring.leaving
    if old is None:
        return 0
    vault.rewrap_files()
    places = places_of(store.metadata)

    def rewrap(place: Place) -> int:
        return rewrap_some(store, vault, place, old.id)

    count = sum(_until_none(rewrap, place) for place in places)
    # Whoever took the old key just before it was replaced may commit only now.
    _wait_for_older(store)
    count += sum(_until_none(rewrap, place) for place in places)
    vault.ring.forget_old()
    return count


def rotate_lookups(settings: Settings, clock: Clock | None = None) -> int:
    """Replace the key of the blind indexes; return how many requests' were computed again."""
    sameness = import_module(f"services.{INDEXED}.usecases.sameness")
    store = import_module(f"services.{INDEXED}").create_store(settings, clock or SystemClock())
    try:
        count = refill(store, Vault(INDEXED, settings.keys), sameness)
    finally:
        store.close()
    print(f"{INDEXED}: {count} requests are indexed under a new key; the old one is destroyed.")
    return count


def refill(store: Store[Any], vault: Vault, sameness: Any) -> int:  # noqa: ANN401 - a module
    """Compute every index row under a new key beside the old one, then let the new one answer."""
    answering = min(vault.lookup_keys.roots())
    following = answering + 1

    def fill(_: object) -> int:
        with store.begin() as tx:
            done: int = sameness.fill_in(following, tx)
        return done

    if following not in vault.lookup_keys.roots():
        # Rows of the generation before last may stand in the column that is wanted now.
        _until_none(lambda _: _cleared(store, sameness, following), None)
        vault.lookup_keys.begin(following)
    count = _until_none(fill, None)
    _wait_for_older(store)
    count += _until_none(fill, None)
    vault.lookup_keys.end(answering)
    return count


def _cleared(store: Store[Any], sameness: Any, generation: int) -> int:  # noqa: ANN401 - a module
    with store.begin() as tx:
        done: int = sameness.clear(generation, tx)
    return done


def _until_none(work: Callable[[Any], int], given: object) -> int:
    """Repeat *work* until it finds nothing to do; return how much it did."""
    count = 0
    while done := work(given):
        count += done
    return count


def _wait_for_older(store: Store[Any]) -> None:
    moment = moment_of(store)
    while moment and older_transactions(store, moment):
        time.sleep(PAUSE)


if __name__ == "__main__":
    sys.exit(main())
