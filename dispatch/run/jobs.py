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


OF_ROLE: Mapping[Role, Mapping[str, Job]] = {
    Role.INGEST: {},
    Role.UNDERSTAND: {"sequencer": sequencer},
    Role.PLANNER: {},
    Role.WEB: {},
}
"""The coroutines of each role by name."""
