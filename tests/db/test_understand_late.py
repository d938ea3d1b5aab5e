"""R4: however late, shuffled and doubled it came, every stream says the same to the byte."""

import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry import understand
from telemetry.ingest import store as ingest
from telemetry.ingest.sorting import Batch
from telemetry.journeys import from_us
from tests.suite import FULL
from tests.tracks import T0, Point, S, later
from tests.understanding import LATER, At, car, checkpoints, day, facts, prepare, send

TABLES = ("journey", "fence_visit", "energy_event", "alarm_fact")
LONGEST_H = 72


@pytest.fixture
async def city(pool):
    async with pool.acquire() as conn:
        await prepare(conn)
    return pool


def two_days(chance):
    """Driving, idling, refuelling, an unplugged hour, lost and broken fixes, a fast stretch."""
    track = [*day(), *later(day(200_000), 86_400)]
    fuel = 40_000
    messages = []
    for i, p in enumerate(track):
        fuel = 45_000 if i == 150 else fuel - (80 if p.speed else 0)
        said = {"fuel_ml": max(fuel, 500), "ignition": int(p.speed > 0 or i % 400 > 300)}
        if 200 < i < 230:
            said["speed"] = 1_500
        if 500 < i < 540:
            said["reported_flags"] = 1 << 8
        messages.append(p.but(**said))
    messages = [p for p in messages if chance.random() < 0.6]
    messages = [p.but(lon=0, lat=0) if chance.random() < 0.01 else p for p in messages]
    messages += [p.but(lat=p.lat + 9_000) for p in messages if chance.random() < 0.01]
    for at, state in ((3_000, "power-cut"), (6_000, "online"), (90_000, "low-battery")):
        messages.append({"ts": T0 + at * S, "state": state})
    for at, kind, ml in ((4_000, "level", 30_000), (4_600, "refuelling", 41_000)):
        messages.append({"ts": T0 + at * S, "kind": kind, "fuel_ml": ml, "added_ml": 11_000})
    return messages


def time_of(message):
    return message.t if isinstance(message, Point) else message["ts"]


async def accept(conn, device_id, messages):
    """As ingest does."""
    async with conn.transaction():
        await send(conn, device_id, [m for m in messages if isinstance(m, Point)])
        batch = Batch()
        for m in messages:
            if isinstance(m, Point):
                continue
            at = from_us(m["ts"]).isoformat()
            one = {**m, "ts": at, "received_at": at, "device_id": device_id, "digest": m["ts"]}
            one["detail"] = {k: v for k, v in m.items() if k != "ts"}
            (batch.statuses if "state" in m else batch.fuel).append(one)
        await ingest.observe(conn, batch)


async def everything(conn, vehicle_id):
    """Every fact of every stream, but ids; and the motion."""
    found = []
    for table in TABLES:
        rows = await conn.fetch(
            f"SELECT (to_jsonb(f) - 'id' - 'vehicle_id')::text AS f FROM {table} f"
            " WHERE vehicle_id = $1 ORDER BY 1",
            vehicle_id,
        )
        found.append([r["f"] for r in rows])
    return found, (await facts(conn, vehicle_id))[2]


@settings(
    max_examples=1_000 if FULL else 4,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 2**32))
async def test_what_comes_up_to_72_hours_late_shuffled_and_doubled(city, seed):
    chance = random.Random(seed)
    messages = two_days(chance)
    arriving = [
        (time_of(m) + chance.choice([0, 0, chance.randrange(LONGEST_H * 3600)]) * S, i, m)
        for i, m in enumerate(messages + chance.sample(messages, len(messages) // 10))
    ]
    arriving.sort(key=lambda a: a[:2])
    edges = sorted(chance.randrange(len(arriving)) for _ in range(chance.randrange(1, 8)))
    async with city.acquire() as conn:
        v, d = await car(conn)
        w, e = await car(conn)
        for lo, hi in zip([0, *edges], [*edges, len(arriving)], strict=True):
            await accept(conn, d, [m for _, _, m in arriving[lo:hi]])
            if lo < hi:
                now = from_us(arriving[hi - 1][0]) + timedelta(seconds=chance.randrange(2_000))
                await understand.drain(city, At(now))
        await accept(conn, e, sorted(messages, key=time_of))
        await understand.drain(city, LATER)
        assert await understand.parked(conn) == []
        late, in_order = await everything(conn, v), await everything(conn, w)
        assert late == in_order
        assert await checkpoints(conn, v) == await checkpoints(conn, w)
        assert all(late[0])  # no stream was silent
