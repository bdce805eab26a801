"""Who works in which team: a team is one service of the guide, and staff may work in several.

Promise: nobody takes themselves out of a team, for that would show them what people hide from it;
and nobody is put into a team of another agency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select, update

from services.identity.messages import StaffChanged
from services.identity.storage import ACCOUNT, TEAM
from shared.errors import ConflictError, Fault, InvalidError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Row

    from services.identity.heard import ServicePublished
    from services.identity.storage import IdentityTransaction

FACTS = ("agency_id", "name", "email", "roles", "active", "teams")
LEADS = ("manager", "agency_admin")
"""Whoever says for an agency who works in which of its teams."""
ITS_OWN = "Choose teams of your own agency."
NOT_ONESELF = "Ask another manager or administrator to take you out of a team."


def know_team(event: ServicePublished, tx: IdentityTransaction) -> None:
    """Keep that an agency has this service, and so this team."""
    row = {"id": event.service_id, "agency_id": event.agency_id, "name": event.name[:200]}
    tx.keep_newest(TEAM, **row, version=tx.told_version)


def teams_of(agency_id: UUID | None, tx: IdentityTransaction) -> list[Row[Any]]:
    """Return the teams of an agency, by name."""
    theirs = select(TEAM).where(TEAM.c.agency_id == agency_id)
    return tx.all(theirs.order_by(TEAM.c.name, TEAM.c.id))


def colleagues_of(agency_id: UUID | None, tx: IdentityTransaction) -> list[Row[Any]]:
    """Return who works at an agency now, by name."""
    theirs = select(ACCOUNT).where(ACCOUNT.c.agency_id == agency_id, ACCOUNT.c.active)
    return tx.all(theirs.order_by(ACCOUNT.c.name, ACCOUNT.c.id))


def colleague(account_id: UUID, tx: IdentityTransaction) -> Row[Any]:
    """Return somebody of the caller's agency; anybody else is not there."""
    row = tx.account(account_id)
    if row is None or not row.active or row.agency_id != tx.actor.agency_id:
        raise NotFoundError("there is nobody of that name")
    return row


def give_teams(
    account_id: UUID, chosen: Collection[UUID], tx: IdentityTransaction, *, version: int
) -> None:
    """Put a colleague into the teams *chosen* and out of the agency's others."""
    row, own = colleague(account_id, tx), {team.id for team in teams_of(tx.actor.agency_id, tx)}
    if row.version != version:
        raise ConflictError("somebody changed this account meanwhile")
    if not own.issuperset(chosen):
        raise InvalidError(ITS_OWN, [Fault("/teams", ITS_OWN)])
    now = set(map(UUID, row.teams or ()))
    # A team whose service was not heard of yet could not be ticked, and so not be taken away.
    then = now - own | set(chosen)
    if str(account_id) == tx.actor.id and now - then:
        raise InvalidError(NOT_ONESELF, [Fault("/teams", NOT_ONESELF)])
    if now != then:
        _write(row, then, tx)


def _write(row: Row[Any], teams: Collection[UUID], tx: IdentityTransaction) -> None:
    """Keep and tell it. The sign-on goes on: each service begins its own session anew by it."""
    kept = {"teams": sorted(map(str, teams)), "version": row.version + 1}
    tx.execute(update(ACCOUNT).where(ACCOUNT.c.id == row.id).values(**kept))
    event = staff_changed(row.id, {**facts_of(row), "teams": kept["teams"]})
    tx.announce(event, sequence=kept["version"])


def facts_of(row: Row[Any]) -> dict[str, Any]:
    """Return what an account says of its member of staff."""
    return {name: getattr(row, name) for name in FACTS}


def staff_changed(account_id: UUID, facts: Mapping[str, Any]) -> StaffChanged:
    """Return what is told of a member of staff."""
    roles, teams = tuple(facts["roles"]), tuple(map(UUID, facts["teams"] or ()))
    return StaffChanged(account_id, **{**facts, "roles": roles, "teams": teams})
