"""Available to promise through the API: HTTP, an embedded PostgreSQL, 1,000 cars, 850 drivers.

900 requests of the day are to be on cars, 300 more to be promised; then 200 more are approved one
by one, the last of them each right after a dispatcher has put a promised one on its best car.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, timedelta
from pathlib import Path

import asyncpg
import httpx
import numpy as np

import optimizer as o
from dispatch import access, orders
from dispatch.access import Grant, Role
from dispatch.kernel import clock, db
from dispatch.orders import plans
from dispatch.orders.apply import apply_decisions
from dispatch.orders.decisions import decisions_of
from dispatch.run import garbage
from dispatch.run.embedded.postgres import temporary_server
from tests import orders_city as city
from tests.bench.figures import at_most
from tests.bench.instances import OUTSIDE, SEATS, day, full
from tests.bench.scales import Scale
from tests.conftest import with_database
from tests.website import served, token

CARS, ON_CARS, PROMISED, ASKED = 1000, 900, 300, 200
TOWNS = 20


def through_the_api(scale: Scale) -> Iterator[dict[str, object]]:
    """From the approver's request to the answer, the board of the day being kept, and anew."""
    with tempfile.TemporaryDirectory() as folder, temporary_server(Path(folder)) as server:
        spent = asyncio.run(_measured(server))
    for name, reach in REACH.items():
        p50, p99 = np.percentile(spent[name], [50, 99])
        says = f"{len(spent[name])} requests; median {p50:.1f} ms"
        yield at_most(f"{name}, p99", float(p99), "ms", reach, says)


ROOM = "what a promise would move, through the API, 1,000 cars"
APPROVAL = "approval with its promise, through the API, 1,000 cars"
ANEW = "the same after a booking"
REACH = {ROOM: 50, APPROVAL: 50, ANEW: 50}


async def _measured(server: str) -> dict[str, list[float]]:
    """Milliseconds of each figure."""
    conn = await asyncpg.connect(server)
    await conn.execute("CREATE DATABASE bench")
    await conn.close()
    pool = await db.open_pool(with_database(server, "bench"))
    spent: dict[str, list[float]] = {name: [] for name in REACH}
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(pool)
        async with pool.acquire() as conn:
            await db.migrate(conn)
            await clock.start_scenario(conn, city.SUNDAY_NOON, 0)
            wanted = await _founded(conn)
            signed = {"Authorization": f"Bearer {await _approver(conn)}"}
        product = await clock.ProductClock.open(pool)
        address, _ = await stack.enter_async_context(served(pool, product))
        client = await stack.enter_async_context(
            httpx.AsyncClient(base_url=f"http://{address}", headers=signed, timeout=60)
        )
        for n, request_id in enumerate(wanted):
            path, name = f"/api/v1/requests/{request_id}", APPROVAL
            if n < WARM:
                await client.get(f"{path}/room")  # what is compiled is loaded, the board made
                garbage.look_seldom()  # as the web process does
            elif n >= len(wanted) - BOOKED:
                await _booked(pool)
                name = ANEW
            else:
                spent[ROOM].append(await _timed(client, "GET", f"{path}/room", None))
            ms = await _timed(client, "POST", f"{path}/approval", {"decision": "approved"})
            if n >= WARM:
                spent[name].append(ms)
    return spent


WARM, BOOKED = 3, 60
DISPATCHER = city.who(2, ("city_dispatcher", None, None))


async def _booked(pool: db.Pool) -> None:
    """A dispatcher puts the promised request that leaves first on its best car."""
    async with pool.acquire() as conn:
        for row in await conn.fetch(PROMISED_ONES):
            async with conn.transaction():
                one = row["id"]
                found = await orders.candidates(conn, one, DISPATCHER, city.SUNDAY_NOON)
                if not found.alternatives:
                    continue
                best = found.alternatives[0]
                choice = orders.Choice(best.vehicle_id, best.driver_id, best.start_at, best.chain)
                await orders.assign(conn, one, choice, DISPATCHER, city.SUNDAY_NOON)
                return
    raise LookupError("no promised request can be booked")


PROMISED_ONES = """
SELECT id FROM trip_request WHERE state = 'approved' AND promised_at IS NOT NULL ORDER BY depart_at, id
"""


async def _timed(client: httpx.AsyncClient, method: str, path: str, body: object) -> float:
    began = time.perf_counter()
    answer = await client.request(method, path, json=body)
    spent_ms = (time.perf_counter() - began) * 1000
    answer.raise_for_status()
    return spent_ms


APPROVER = city.who(2, *(("unit_approver", None, unit) for unit in range(1, len(SEATS) + 1)))


async def _approver(conn: asyncpg.Connection) -> str:
    for unit in range(1, len(SEATS) + 1):
        await access.grant(conn, 2, Grant(Role("unit_approver"), unit_id=unit), city.SINCE)
    return await token(conn, 2, at=city.SUNDAY_NOON)


async def _founded(conn: asyncpg.Connection) -> list[int]:
    """The city, its day so far, and the requests that wait for approval."""
    problem = day(full(CARS, ON_CARS + PROMISED + ASKED), 1)
    await conn.execute("SELECT setseed(0.5)")
    await _register(conn, problem)
    tasks = problem.tasks
    await _ask(conn, tasks[:ON_CARS], "approved", None)
    found = await plans.day_problem(conn, city.MONDAY, city.SUNDAY_NOON)
    plan = o.greedy_plan(found.problem)
    async with conn.transaction():
        decisions = decisions_of(found, plan) | {"rented": []}
        done = await apply_decisions(conn, 1, decisions, None, city.SUNDAY_NOON)
    print(done["assigned"], "on cars", len(done["conflicts"]), "conflicts", flush=True)
    await conn.execute("UPDATE trip_request SET state = 'cancelled' WHERE state = 'approved'")
    await _ask(conn, tasks[ON_CARS : ON_CARS + PROMISED], "submitted", None)
    await conn.execute("ANALYZE")
    made = [await _promised(conn, request_id) for request_id in await _submitted(conn)]
    print(sum(made), "promised", flush=True)
    await _ask(conn, tasks[-ASKED:], "submitted", None)
    await conn.execute("ANALYZE")
    return await _submitted(conn)


async def _submitted(conn: asyncpg.Connection) -> list[int]:
    rows = await conn.fetch("SELECT id FROM trip_request WHERE state = 'submitted' ORDER BY id")
    return [row["id"] for row in rows]


async def _promised(conn: asyncpg.Connection, request_id: int) -> bool:
    async with conn.transaction():
        made = await orders.approve(conn, request_id, "approved", APPROVER, city.SUNDAY_NOON)
    return made.promised_at is not None


async def _register(conn: asyncpg.Connection, problem: o.Problem) -> None:
    rng = np.random.default_rng(1)
    seats = list(SEATS.items())
    homes = np.array([(lon, lat) for _, (lon, lat, _) in seats])
    towns = np.repeat(homes, TOWNS, axis=0) + rng.normal(0, 0.16, (len(seats) * TOWNS, 2))
    at = np.concatenate([homes, towns, np.array(OUTSIDE)]).round(3)
    await conn.execute("INSERT INTO person (id, code, name) VALUES (2, 'P2', '甲')")
    await conn.executemany(
        "INSERT INTO place (id, code, name, name_en, kind, adcode, lon, lat) "
        "VALUES ($1, 'L' || $1::int4, '地', 'L', 'town', '341800', $2, $3)",
        [(i + 1, *p) for i, p in enumerate(at.tolist())],
    )
    for pool, (lon, lat, _) in seats:
        await conn.execute(
            "INSERT INTO pool (id, code, name, name_en, level, adcode, lon, lat) VALUES "
            "($1, 'Q' || $1::int4, '台', 'Q', 'county', '341800', $2, $3)", pool, lon, lat,
        )  # fmt: skip
        await conn.execute(
            "INSERT INTO unit (id, code, name, grassroots, lon, lat) "
            "VALUES ($1, 'U' || $1::int4, '单位', false, $2, $3)", pool, lon, lat,
        )  # fmt: skip
        await conn.execute(
            "INSERT INTO unit_pool VALUES ($1, $1, tstzrange($2, NULL))", pool, city.SINCE
        )
    for v in problem.vehicles:
        lon, lat = at[v.home].tolist()
        await conn.execute(
            "INSERT INTO vehicle (id, code, model, category, class, seats, powertrain, range_m, "
            "first_registered, home_lon, home_lat) "
            "VALUES ($1, 'V' || $1::int4, '车', 'OTHER', $2, $3, $4, $5, '2022-01-01', $6, $7)",
            v.id, v.vehicle_class, v.passenger_seats + 1, "bev" if v.range_m else "petrol", v.range_m, lon, lat,
        )  # fmt: skip
        await conn.execute(
            "INSERT INTO vehicle_pool VALUES ($1, $2, tstzrange($3, NULL))",
            v.id,
            v.pool,
            city.SINCE,
        )
    for d in problem.drivers:
        await conn.execute(
            "INSERT INTO person (id, code, name) VALUES ($1, 'D' || $1::int4, '员')", 100 + d.id
        )
        await conn.execute(
            "INSERT INTO driver (id, person_id, licence_class, licence_until) VALUES ($1, $2, $3, '2031-01-01')",
            d.id, 100 + d.id, d.licence,
        )  # fmt: skip
        await conn.execute(
            "INSERT INTO driver_pool VALUES ($1, $2, tstzrange($3, NULL))", d.id, d.pool, city.SINCE
        )


async def _ask(conn: asyncpg.Connection, tasks: tuple[o.Task, ...], state: str, promised) -> None:
    midnight = city.at("00:00")
    rows = [
        (
            f"bench-{t.id}", t.pool, t.passengers, "drop_off" if t.origin != t.destination else "wait_and_return",
            t.origin + 1, (t.destination if t.origin != t.destination else (t.id * 7) % 160 + 9) + 0,
            midnight + timedelta(seconds=t.earliest_s),
            midnight + timedelta(seconds=t.earliest_s + t.duration_s),
            state, promised, t.loaded_m // (1 if t.origin != t.destination else 2),
            t.driving_s // (1 if t.origin != t.destination else 2), city.SUNDAY_NOON.astimezone(UTC),
        )
        for t in tasks
    ]  # fmt: skip
    await conn.executemany(
        "INSERT INTO trip_request (client_key, unit_id, pool_id, requested_by, purpose, purpose_text, passengers, "
        "lead_passenger, kind, from_place, to_place, depart_at, return_at, out_of_city, state, review_required, "
        "violations, submitted_at, decided_at, promised_at, distance_m, drive_s) "
        "VALUES ($1, $2, $2, 2, 'RESEARCH', '调研', $3, '甲', $4, $5, $6 + 1, $7, $8, false, $9, false, '[]', "
        "$13, $13, $10, $11, $12)",
        rows,
    )
