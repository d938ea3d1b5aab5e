"""A scenario database: begun anew, with a clock of its own and somebody to set it up."""

from datetime import datetime, timedelta

import asyncpg

from dispatch import access
from dispatch.kernel import clock, db
from dispatch.kernel.ids import PersonId
from dispatch.run import database
from dispatch.run.errors import NotADemo

SQL = db.statements(__file__, "run.sql")

TOKEN_FOR = timedelta(days=30)


async def begin_anew(dsn: str) -> None:
    """Empty a database that holds a scenario; one that holds nothing stays as it is.

    Raises:
        NotADemo: it holds anything else, so real data.
    """
    conn = await database.connect(dsn)
    try:
        async with conn.transaction():
            if await conn.fetchval(SQL["tables"]) == 0:
                return
            try:
                async with conn.transaction():
                    scenario = await conn.fetchval(SQL["is_scenario"])
            except asyncpg.UndefinedTableError:
                scenario = None
            if scenario is not True and not await _untouched(conn):
                raise NotADemo
            await conn.execute(SQL["drop_all"])
            await conn.execute(SQL["begin_anew"])
    finally:
        await conn.close()


async def _untouched(conn: db.Conn) -> bool:
    """Whether a start was cut short before a clock ran: then nothing of meaning is there."""
    try:
        async with conn.transaction():
            return not await conn.fetchval(SQL["anything_happened"])
    except asyncpg.UndefinedTableError:
        return False


async def start(dsn: str, at: datetime) -> str:
    """Start the scenario's clock, standing still, and make the program that sets up the city.

    Returns:
        A bearer token that may fill the register and step the clock.
    """
    async with await db.open_pool(dsn, at_most=1) as pool, pool.acquire() as conn:
        await clock.start_scenario(conn, at, 0)
        return await program_token(
            conn, at, access.Role.SYSTEM_ADMIN, name="模拟城市", scopes=("clock",)
        )


async def program_token(
    conn: db.Conn, at: datetime, role: access.Role, *, name: str, scopes: tuple[str, ...] = ()
) -> str:
    """A bearer token of a program of ours, which is a person of its own with one role."""
    async with conn.transaction():
        person_id = PersonId(await conn.fetchval(SQL["make_program"], f"PROGRAM-{role}", name))
        await access.grant(conn, person_id, access.Grant(role), at)
        who = await access.person(conn, person_id, at, via="cookie")
        return await access.make_token(
            conn, who, name=name, scopes=(role, *scopes), valid_for=TOKEN_FOR
        )
