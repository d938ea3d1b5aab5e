"""Which coroutines make up each role."""

from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from dispatch.kernel import db
from dispatch.run.roles import Role
from dispatch.run.signals import until

if TYPE_CHECKING:
    from dispatch.run.wiring import Context

Job: TypeAlias = "Callable[[Context], Coroutine[Any, Any, None]]"


async def sequencer(context: "Context") -> None:
    """Number business events; one process at a time really does."""
    await until(context.stop, db.sequence(context.pool))


async def trips(context: "Context") -> None:
    """Measure what was driven, as facts and check-ins change."""
    from dispatch import trips as room

    await until(context.stop, room.run(context.pool))


async def books(context: "Context") -> None:
    """Match receipts and post what the facts now say."""
    from dispatch import accounting

    await until(context.stop, accounting.run(context.pool, context.clock))


async def pages(context: "Context") -> None:
    """HTTP, the live socket and the built pages."""
    from dispatch.run import web_role

    await web_role.run(context)


OF_ROLE: Mapping[Role, Mapping[str, Job]] = {
    Role.INGEST: {},
    Role.UNDERSTAND: {"sequencer": sequencer},
    Role.PLANNER: {"trips": trips, "books": books},
    Role.WEB: {"pages": pages},
}
"""The coroutines of each role by name."""
