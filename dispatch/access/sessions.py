"""Sessions of browsers: opaque, 30 minutes idle, 12 hours in all, by the database's clock."""

from dispatch.access.secrets import digest, new_secret
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import PersonId

SQL = statements(__file__)


async def open_session(conn: Conn, person_id: PersonId) -> str:
    """Start a session.

    Returns:
        The secret for the cookie.
    """
    secret = new_secret()
    await conn.execute(SQL["open_session"], digest(secret), person_id)
    return secret


async def find_session(conn: Conn, secret: str) -> PersonId | None:
    """Whose living session this is; its use is noted once a minute."""
    row = await conn.fetchrow(SQL["find_session"], digest(secret))
    if row is None:
        return None
    if row["stale"]:
        await conn.execute(SQL["touch_session"], digest(secret))
    return PersonId(row["person_id"])


async def end_session(conn: Conn, secret: str) -> None:
    """Sign out; an unknown secret is no error."""
    await conn.execute(SQL["end_session"], digest(secret))
