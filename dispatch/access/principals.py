"""From a secret to a principal, with the grants of this moment."""

from datetime import datetime

from dispatch.access.model import Grant, Principal, Role
from dispatch.access.secrets import digest
from dispatch.access.sessions import find_session
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.errors import NotFound
from dispatch.kernel.ids import DriverId, PersonId

SQL = statements(__file__)


async def of_session(conn: Conn, secret: str, at: datetime) -> Principal | None:
    """The principal of a browser's session; None where it has ended.

    Args:
        conn: may write (the session's last use).
        secret: from the cookie.
        at: product time; grants hold in product time.
    """
    person_id = await find_session(conn, secret)
    return None if person_id is None else await person(conn, person_id, at, via="cookie")


async def of_token(conn: Conn, secret: str, at: datetime) -> Principal | None:
    """The principal of a program's token: its person's grants, cut to the token's scopes."""
    row = await conn.fetchrow(SQL["find_token"], digest(secret))
    if row is None:
        return None
    scopes = frozenset(row["scopes"])
    return await person(conn, PersonId(row["person_id"]), at, via="token", scopes=scopes)


async def person(
    conn: Conn,
    person_id: PersonId,
    at: datetime,
    *,
    via: str,
    scopes: frozenset[str] = frozenset(),
) -> Principal:
    """A person with the grants that hold at a product time.

    Raises:
        NotFound: nobody has this id.
    """
    row = await conn.fetchrow(SQL["principal"], person_id, at)
    if row is None:
        raise NotFound(f"no person {person_id}")
    grants = [
        Grant(Role(g["role"]), g["pool_id"], g["unit_id"], g["firm_id"]) for g in row["grants"]
    ]
    if via == "token":
        grants = [grant for grant in grants if grant.role in scopes]
    drives = any(grant.role is Role.DRIVER for grant in grants) and row["driver_id"] is not None
    return Principal(
        person_id=person_id,
        name=row["name"],
        driver_id=DriverId(row["driver_id"]) if drives else None,
        grants=tuple(grants),
        all_pools=frozenset(row["all_pools"]),
        via=via,
        scopes=scopes,
    )


async def grant(conn: Conn, person_id: PersonId, what: Grant, since: datetime) -> bool:
    """Grant a role from a product time on, within the caller's transaction.

    Returns:
        False where the person holds it at that time already.
    """
    new = await conn.fetchval(
        SQL["grant"], person_id, what.role, what.pool_id, what.unit_id, what.firm_id, since
    )
    return new is not None
