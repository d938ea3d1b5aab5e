"""Plans: asked for, made in a process of their own, checked, stored, and turned into orders."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta

import asyncpg

import optimizer
from dispatch import access, requests
from dispatch.access import Principal
from dispatch.kernel import db
from dispatch.kernel.calendar import business_day
from dispatch.kernel.db import Conn, Pool, statements
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.errors import Invalid
from dispatch.kernel.ids import PersonId, PoolId
from dispatch.kernel.log import get_logger
from dispatch.orders.apply import apply_decisions, whole_rides
from dispatch.orders.day_problem import day_problem
from dispatch.orders.decisions import Decisions, decisions_of
from dispatch.orders.errors import NoSuchPlan, NotDispatching, PlanNotDone
from dispatch.orders.likeness import had_in
from dispatch.orders.problem import Day
from dispatch.orders.progress import told
from dispatch.orders.thinking import best_of

SQL = statements(__file__, "plans.sql")
BEFORE = statements(__file__, "why.sql")
log = get_logger("planner")

LOOK_EVERY_S = 0.2
A_YEAR = timedelta(days=366)
"""Plans are of days so near."""
MOST_DAYS = 3


async def ask_plan(
    conn: Conn,
    day: date,
    who: Principal,
    now: datetime,
    *,
    budget_s: float,
    apply: bool,
    may_move: bool = False,
    days: int = 1,
) -> int:
    """Ask for a plan of a day, or of some days in a row; a planner takes it.

    Args:
        conn: in a transaction.
        day: business day, the first.
        who: asks; whether it is applied, and to which platforms' requests, is by their grants.
        now: product time.
        budget_s: wall seconds to think.
        apply: make orders of it at once.
        may_move: orders that are sent and that nobody has accepted may go to another car.
        days: so many are planned together, three at most.

    Raises:
        Invalid: the day is more than a year away, or it is no such number of days.
        NotDispatching: it is to be applied, and a token of narrower scope than its person's
            grants asks; whoever applies it later is known only as a person.
    """
    if abs(day - business_day(now)) > A_YEAR:
        raise Invalid(f"no plans are made of {day}: it is more than a year away")
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"no plans are made of {days} days")
    if apply:
        whole = await access.person(conn, who.person_id, now, via="cookie")
        mine, all_of_theirs = (requests.reach(p, requests.DISPATCHERS) for p in (who, whole))
        if mine != all_of_theirs:
            raise NotDispatching("this token dispatches less than its person: apply the plan later")
    asked = (day, now, who.person_id, budget_s, apply, may_move, days)
    made: int = await conn.fetchval(SQL["ask"], *asked)
    return made


async def run_planner(pool: Pool, now: Callable[[], datetime], stop: asyncio.Event) -> None:
    """Make the plans that wait, one at a time, until told to stop; one process makes them all.

    Args:
        pool: three connections are used while a plan is made.
        now: reads product time.
        stop: set to end after the plan in hand.
    """
    with optimizer.PlanningProcess() as process:
        await _run(pool, now, stop, process)


async def _run(
    pool: Pool,
    now: Callable[[], datetime],
    stop: asyncio.Event,
    process: optimizer.PlanningProcess,
) -> None:
    retry = db.Backoff()
    while not stop.is_set():
        made = False
        process.start()
        async for attempt in retry.until_stored():
            with attempt:
                made = await _plan_next(pool, now, process)
            if stop.is_set():
                return
        if not made:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)


async def plan_next(pool: Pool, now: Callable[[], datetime]) -> bool:
    """Make the plan that waits longest. One that raises is set aside; the log has why.

    Returns:
        Whether there was one.
    """
    with optimizer.PlanningProcess() as process:
        return await _plan_next(pool, now, process)


async def _plan_next(
    pool: Pool, now: Callable[[], datetime], process: optimizer.PlanningProcess
) -> bool:
    async with pool.acquire() as conn, conn.transaction():
        run = await conn.fetchrow(SQL["take"])
        if run is None:
            return False
        try:
            async with conn.transaction():
                await _make(pool, conn, run, now, process)
        except (*db.DATABASE_AWAY, *db.TRY_AGAIN):
            raise
        except Exception as error:
            # One job: put aside, its traceback in the log, so that it holds up no other plan.
            log.exception("plan failed", plan_id=run["id"])
            await conn.execute(SQL["fail"], run["id"], now(), type(error).__name__)
    return True


async def _make(
    pool: Pool,
    conn: Conn,
    run: asyncpg.Record,
    now: Callable[[], datetime],
    process: optimizer.PlanningProcess,
) -> None:
    async with pool.acquire() as reader:
        wanted = {"days": run["days"], "share": True, "may_move": run["may_move"]}
        day = await day_problem(reader, run["day"], now(), **wanted)
        earlier = await reader.fetchrow(BEFORE["before"], run["day"], run["id"], run["days"])
    before = {} if earlier is None else had_in(optimizer.decode_plan(earlier["solution"]))
    async with told(pool, run["id"], now, process) as heard:
        day, plan = await best_of(day, process, run["budget_s"], heard, before)
    verdict = optimizer.check(day.problem, plan)
    wrong = "; ".join(f"{v.rule} {v.facts}" for v in verdict.violations)
    state = "failed" if wrong else "fallback" if plan.fallback else "done"
    decisions = decisions_of(day, plan)
    await _finish(conn, run["id"], state, day, plan, decisions, wrong or plan.fallback, now())
    if run["apply"] and not wrong and run["asked_by"] is not None:
        who = await access.person(conn, PersonId(run["asked_by"]), now(), via="cookie")
        await _apply(conn, run["id"], decisions, who, now())
    data: dict[str, Json] = {"plan_id": run["id"], "day": str(run["day"]), "state": state}
    await db.emit(conn, "plan.done", data, at=now())
    log.info("plan made", plan_id=run["id"], state=state, tasks=len(day.problem.tasks))


async def _finish(
    conn: Conn,
    plan_id: int,
    state: str,
    day: Day,
    plan: optimizer.Plan,
    decisions: Decisions,
    error: str | None,
    now: datetime,
) -> None:
    fixed = sum(t.fixed is not None for t in day.problem.tasks)
    beside = sum(len(ride.parties) - 1 for ride in day.rides)
    await conn.execute(
        SQL["finish"],
        plan_id,
        state,
        now,
        plan.seconds,
        len(day.problem.tasks) - fixed + beside,
        len(decisions["unserved"]),
        len(plan.rentals),
        plan.levels.fen,
        None if plan.greedy is None else plan.greedy.fen,
        plan.bound.kind,
        plan.bound.fen,
        decisions,
        error,
        json.loads(optimizer.encode_problem(day.problem)),
        json.loads(optimizer.encode_plan(plan)),
    )


async def apply_plan(conn: Conn, plan_id: int, who: Principal, now: datetime) -> None:
    """Turn a plan's decisions into orders, those of the platforms that the caller dispatches.

    Raises:
        NoSuchPlan: it does not exist.
        PlanNotDone: it waits, runs or failed.
    """
    run = await conn.fetchrow(SQL["lock"], plan_id)
    if run is None:
        raise NoSuchPlan(f"plan {plan_id}")
    if run["state"] not in ("done", "fallback"):
        raise PlanNotDone(f"plan is {run['state']}", plan_id=plan_id, state=run["state"])
    await _apply(conn, plan_id, run["plan"], who, now)


async def _apply(
    conn: Conn, plan_id: int, decisions: Decisions, who: Principal, now: datetime
) -> None:
    pools = {PoolId(p) for p in requests.reach(who, requests.DISPATCHERS)[0]}
    mine: Decisions = {
        kind: [one for one in rows if one["pool_id"] in pools] for kind, rows in decisions.items()
    }
    mine["assignments"] = whole_rides(mine["assignments"])
    outcome = await apply_decisions(conn, plan_id, mine, who.person_id, now)
    await conn.execute(SQL["applied"], plan_id, now, outcome)
