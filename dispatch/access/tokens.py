"""Tokens of programs: a person's roles, or fewer, for some days."""

from collections.abc import Iterable
from datetime import timedelta

from dispatch.access.errors import ScopeNotHeld
from dispatch.access.model import CLOCK, Principal, Role
from dispatch.access.secrets import digest, new_secret
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.errors import Invalid, NotFound

SQL = statements(__file__)

AT_MOST = timedelta(days=400)


async def make_token(
    conn: Conn, who: Principal, *, name: str, scopes: Iterable[str], valid_for: timedelta
) -> str:
    """Make a bearer token; it is shown once and only its digest is kept.

    Args:
        conn: any connection.
        who: whose token it is.
        name: for people to recognise it.
        scopes: of the person's roles; a system administrator may add clock.
        valid_for: up to 400 days, by the database's clock.

    Raises:
        ScopeNotHeld: a scope is not the person's to give.
        Invalid: no scope, or too long.
    """
    wanted = frozenset(scopes)
    held = {str(grant.role) for grant in who.grants}
    if who.holds(Role.SYSTEM_ADMIN):
        held.add(CLOCK)
    if missing := wanted - held:
        raise ScopeNotHeld(missing)
    if not wanted or not timedelta() < valid_for <= AT_MOST:
        raise Invalid("a token needs a scope and between 1 and 400 days")
    secret = new_secret()
    await conn.execute(
        SQL["make_token"], digest(secret), who.person_id, name, sorted(wanted), valid_for
    )
    return secret


async def revoke_token(conn: Conn, who: Principal, token_id: int) -> None:
    """Revoke a token of one's own; a system administrator may revoke anyone's.

    Raises:
        NotFound: no such token, or not this caller's.
    """
    anyones = who.holds(Role.SYSTEM_ADMIN)
    if await conn.fetchval(SQL["revoke_token"], token_id, who.person_id, anyones) is None:
        raise NotFound(f"no token {token_id}")
