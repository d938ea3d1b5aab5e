"""How far a plan is: told by the planner that makes it, asked for by people, who may stop it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

import optimizer
from dispatch import requests
from dispatch.access import Principal
from dispatch.kernel import db
from dispatch.kernel.db import Conn, Pool, statements
from dispatch.kernel.db.outbox import Json
from dispatch.orders.errors import NoSuchPlan, NotDispatching, PlanOver

SQL = statements(__file__, "progress.sql")

EVERY_S = 0.5


@dataclass(slots=True)
class Heard:
    """The last word of the process that makes a plan; written by its thread, read by ours."""

    last: optimizer.Progress | None = None

    def __call__(self, progress: optimizer.Progress) -> None:
        """Remember it."""
        self.last = progress


@asynccontextmanager
async def told(
    pool: Pool, plan_id: int, now: Callable[[], datetime], process: optimizer.PlanningProcess
) -> AsyncIterator[Heard]:
    """Write down every half second how far a plan is, and stop it when somebody asks.

    That nothing can be written down while the database is away does not harm the plan.
    """
    heard = Heard()
    over = asyncio.Event()
    watch = asyncio.create_task(_watch(pool, plan_id, now, (heard, over, process)))
    try:
        yield heard
    finally:
        over.set()
        await watch


async def _watch(
    pool: Pool,
    plan_id: int,
    now: Callable[[], datetime],
    making: tuple[Heard, asyncio.Event, optimizer.PlanningProcess],
) -> None:
    heard, over, process = making
    clock = asyncio.get_running_loop().time
    began = clock()
    while not over.is_set():
        with suppress(*db.DATABASE_AWAY):
            word = as_json(heard.last, clock() - began)
            stop = await pool.fetchval(SQL["say"], plan_id, now(), word)
            if stop:
                process.cancel()
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), EVERY_S)


def as_json(progress: optimizer.Progress | None, seconds: float) -> dict[str, Json]:
    """How far a plan is, in fen; before the process says anything it starts.

    Args:
        progress: its last word, which may be some seconds old.
        seconds: since it began.
    """
    if progress is None:
        return {"phase": "starting", "seconds": round(seconds, 1)}
    levels, bound = progress.levels, progress.bound
    least = bound.fen if bound.at_levels is None else bound.at_levels
    return {
        "phase": progress.phase,
        "seconds": round(seconds, 1),
        "iterations": progress.iterations,
        "unserved": levels.unserved,
        "rentals": levels.rentals,
        "fen": levels.fen,
        "bound_kind": bound.kind,
        "bound_fen": least,
        "gap": levels.fen / least - 1 if least else None,
    }


async def stop_plan(conn: Conn, plan_id: int, who: Principal, now: datetime) -> None:
    """Ask for the best plan so far; whoever makes it ends within a second or two.

    Raises:
        NoSuchPlan: it does not exist.
        NotDispatching: it is another's, and the caller does not dispatch for the whole city.
        PlanOver: it is made already.
    """
    run = await conn.fetchrow(SQL["asked"], plan_id)
    if run is None:
        raise NoSuchPlan(f"plan {plan_id}")
    pools = {int(pool) for pool in who.all_pools}
    whole_city = pools <= set(requests.reach(who, requests.DISPATCHERS)[0])
    if run["asked_by"] != who.person_id and not whole_city:
        raise NotDispatching("the plan was asked for by somebody else")
    if run["state"] != "waiting":
        raise PlanOver(f"plan is {run['state']}", plan_id=plan_id, state=run["state"])
    await conn.execute(SQL["stop"], plan_id, now, who.person_id)
