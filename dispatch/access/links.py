"""One-time links: 30 minutes, one use, and the first administrator's setup."""

from datetime import datetime, timedelta

from dispatch.access.errors import AlreadySetUp, BadSecret
from dispatch.access.model import Grant, Role
from dispatch.access.passwords import Passwords, set_password
from dispatch.access.principals import grant
from dispatch.access.secrets import digest, new_secret
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.errors import NotFound
from dispatch.kernel.ids import PersonId

SQL = statements(__file__)

VALID_FOR = timedelta(minutes=30)


async def make_link(
    conn: Conn, person_id: PersonId | None = None, valid_for: timedelta = VALID_FOR
) -> str:
    """Make a one-time link.

    Args:
        conn: any connection.
        person_id: who signs in with it; None makes the setup link of a new installation.
        valid_for: by the database's clock.

    Returns:
        The secret: the page is /sign-in#SECRET, or /setup#SECRET for the setup.

    Raises:
        AlreadySetUp: a setup link was asked for, and an administrator exists.
    """
    if person_id is None and await conn.fetchval(SQL["is_set_up"]):
        raise AlreadySetUp
    secret = new_secret()
    purpose = "setup" if person_id is None else "sign-in"
    await conn.execute(SQL["make_link"], digest(secret), purpose, person_id, valid_for)
    return secret


async def link_for_role(conn: Conn, role: Role | str, at: datetime) -> tuple[str, PersonId, str]:
    """A one-time link for the first person who holds a role.

    Returns:
        Secret, person id, the person's name.

    Raises:
        NotFound: nobody holds the role at this product time.
    """
    row = await conn.fetchrow(SQL["first_holder"], Role(role), at)
    if row is None:
        raise NotFound(f"nobody holds the role {Role(role)}")
    return await make_link(conn, PersonId(row["id"])), PersonId(row["id"]), row["name"]


async def use_link(conn: Conn, secret: str) -> PersonId:
    """Use up a sign-in link; of two at once one wins.

    Raises:
        BadSecret: unknown, expired, used, or a setup link.
    """
    row = await conn.fetchrow(SQL["use_link"], digest(secret), "sign-in")
    if row is None:
        raise BadSecret
    return PersonId(row["person_id"])


async def set_up(
    conn: Conn,
    passwords: Passwords,
    *,
    secret: str,
    code: str,
    name: str,
    password: str,
    at: datetime,
) -> PersonId:
    """Use up the setup link and make the first system administrator, in one transaction.

    Raises:
        BadSecret: the link is not valid.
        AlreadySetUp: an administrator exists.
        WeakPassword: the password breaks the policy.
    """
    if await conn.fetchrow(SQL["use_link"], digest(secret), "setup") is None:
        raise BadSecret
    if await conn.fetchval(SQL["is_set_up"]):
        raise AlreadySetUp
    person_id = PersonId(await conn.fetchval(SQL["make_person"], code, name))
    await grant(conn, person_id, Grant(Role.SYSTEM_ADMIN), at)
    await set_password(conn, passwords, person_id, code, password, at)
    return person_id
