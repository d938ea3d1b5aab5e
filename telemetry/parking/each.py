"""A round over many: each in its own savepoint, so that one that raises takes no other along."""

from collections.abc import Awaitable, Callable, Iterable

from dispatch.kernel.db import TRY_AGAIN, Conn, is_away
from telemetry.parking.store import Room, park, parked, release


async def try_each(
    conn: Conn, room: Room, kind: str, ids: Iterable[int], work: Callable[[int], Awaitable[object]]
) -> None:
    """Work on each of these, and on those of the kind that are parked and due; park what raises.

    What is parked is remembered, so that the caller may delete its mark. A new mark is a reason
    to try again at once.

    Args:
        conn: the caller's transaction, in which work writes.
        room: who works.
        kind: what the ids are of; a subject is {kind: id}.
        ids: in any order; worked on in theirs.
        work: what to do with one; it must say the same however often it is done.

    Raises:
        What is nobody's fault (the database is away, a deadlock): the whole transaction is lost.
    """
    waiting = {int(p.subject[kind]): p.due for p in await parked(conn, room) if kind in p.subject}
    for one in sorted({*ids, *(which for which, due in waiting.items() if due)}):
        try:
            async with conn.transaction():
                await work(one)
        except Exception as error:
            if is_away(error) or isinstance(error, TRY_AGAIN):
                raise
            await park(conn, room, {kind: one}, error)
        else:
            if one in waiting:
                await release(conn, room, [{kind: one}])
