"""Energy events in the database: late, shuffled and doubled data say the same."""

import random
from datetime import timedelta
from itertools import pairwise

import pytest

from telemetry import fuel, understand
from telemetry.journeys import from_us
from tests.fuelling import Car
from tests.tracks import LAT, LON, Point
from tests.understanding import LATER, bind, car, marks_left, prepare, send, terminal, vehicle


@pytest.fixture
async def city(pool):
    async with pool.acquire() as conn:
        await prepare(conn)
    return pool


def points(rows):
    return [
        Point(t, lon, lat, speed, ignition=ignition, fuel_ml=level, soc_permille=soc)
        for t, lon, lat, speed, ignition, level, soc, _ in rows
    ]


def week():
    """Two fills, one unseen; a theft; a night at the plug."""
    c = Car(soc=300.0).drive(40).stand(6, fill_ml=20_000, fill_after_s=60, fill_s=150).drive(30)
    c.stand(400, soc=500.0).drive(60).stand(60)
    c.stand(10, fill_ml=-11_000, fill_after_s=100, fill_s=200, slope=c.slope)
    c.stand(60, slope=c.slope).drive(30)
    return c.stand(30, fill_ml=15_000, fill_after_s=300, fill_s=90, silent=True).drive(40)


async def sized(conn, vehicle_id, tank_ml=55_000, battery_wh=18_000):
    await conn.execute(
        "UPDATE vehicle SET tank_ml = $2, battery_wh = $3, norm_ml_per_100km = 7800,"
        " powertrain = 'phev' WHERE id = $1",
        vehicle_id, tank_ml, battery_wh,
    )  # fmt: skip


async def events(conn, vehicle_id):
    found = await conn.fetch(
        "SELECT to_jsonb(e) - 'id' - 'vehicle_id' AS e FROM energy_event e WHERE vehicle_id = $1"
        " ORDER BY started_at, medium",
        vehicle_id,
    )
    return [r["e"] for r in found]


async def test_a_week_becomes_events(city, conn):
    v, d = await car(conn)
    await sized(conn, v)
    c = week()
    await send(conn, d, points(c.rows))
    await understand.drain(city, LATER)
    found = await fuel.between(conn, v, from_us(c.rows[0][0]), from_us(c.t))
    assert [e.kind for e in found] == ["refuel", "charge", "drop", "refuel"]
    first, plug, theft, unseen = found
    assert first.amount_ml == pytest.approx(20_000, abs=1_000)
    assert (plug.medium, plug.amount_ml) == ("electricity", None)
    assert plug.amount_wh == pytest.approx(9_000, abs=200)
    assert theft.amount_ml == pytest.approx(11_000, abs=500)
    assert unseen.amount_ml == pytest.approx(15_000, abs=1_000)
    assert all(e.settled for e in found)
    assert first.lon == pytest.approx(LON / 1e7)
    assert first.lat > LAT / 1e7
    assert await marks_left(conn) == 0


async def test_any_order_says_the_same(city, conn):
    sent = points(week().rows)
    known = []
    for seed in range(4):
        v, d = await car(conn)
        await sized(conn, v)
        order = list(sent)
        if seed:
            random.Random(seed).shuffle(order)
            order += order[: len(order) // 4]
        size = len(order) // (1 + seed * 3) + 1
        for at in range(0, len(order), size):
            await send(conn, d, order[at : at + size])
            await understand.drain(city, LATER)
        known.append(await events(conn, v))
    assert len(known[0]) == 4
    assert known[1:] == known[:1] * 3


async def test_fix_by_fix_a_fill_keeps_its_id_and_is_withdrawn_if_it_was_none(city, conn):
    v, d = await car(conn)
    await sized(conn, v)
    c = Car().drive(20).stand(30)
    glitch = len(c.rows)
    c.stand(40, slope=c.slope)
    raised = [
        p.but(fuel_ml=55_000) if glitch <= i < glitch + 5 else p
        for i, p in enumerate(points(c.drive(20).rows))
    ]
    ids = set()
    for at, p in enumerate(raised):
        await send(conn, d, [p])
        if at >= glitch - 1:
            await understand.drain(city, LATER)
            ids |= {r["id"] for r in await conn.fetch("SELECT id FROM energy_event")}
    assert len(ids) == 1
    assert await events(conn, v) == []


async def test_another_tank_is_another_history(city, conn):
    v, d = await car(conn)
    await send(conn, d, points(week().rows))
    await understand.drain(city, LATER)
    unsized = await events(conn, v)
    assert {e["amount_wh"] for e in unsized if e["kind"] == "charge"} == {None}
    await sized(conn, v)
    assert await marks_left(conn) > 0
    await understand.drain(city, LATER)
    assert {e["amount_wh"] for e in await events(conn, v) if e["kind"] == "charge"} != {None}


async def test_a_terminal_entered_late_takes_its_events_along(city, conn):
    v, d = await vehicle(conn), await terminal(conn)
    await sized(conn, v)
    await send(conn, d, points(week().rows))
    await understand.drain(city, LATER)
    assert await events(conn, v) == []
    await bind(conn, d, v)
    await conn.execute(
        "INSERT INTO vehicle_mark (vehicle_id, lo, hi) VALUES ($1, '2020-01-01Z', '2100-01-01Z')", v
    )
    await understand.drain(city, LATER)
    assert len(await events(conn, v)) == 4


async def test_consumption_of_parts_adds_up_and_is_right(city, conn):
    v, d = await car(conn)
    await sized(conn, v)
    c = week()
    await send(conn, d, points(c.rows))
    await understand.drain(city, LATER)
    began = from_us(c.rows[0][0])
    edges = [began + timedelta(minutes=m) for m in (60, 200, 520, 600, 640, 660, 700, 745)]
    whole = await fuel.consumption(conn, v, edges[0], edges[-1])
    parts = [await fuel.consumption(conn, v, lo, hi) for lo, hi in pairwise(edges)]
    assert sum(p.balance for p in parts) == whole.balance
    assert whole.used is not None
    # 90 + 40 minutes at 60 km/h, and what was driven before the first edge is not in it
    driven_km = sum(r[7] for r in c.rows if edges[0] <= from_us(r[0]) < edges[-1]) / 1e6
    assert whole.used == pytest.approx(driven_km * 78, abs=1_500)
    assert whole.lost == pytest.approx(11_000, abs=500)
    assert whole.confidence > 50
    power = await fuel.consumption(conn, v, edges[0], edges[-1], "electricity")
    assert power.put_in == pytest.approx(9_000, abs=200)
    unknown = await fuel.consumption(conn, v, began - timedelta(days=9), began)
    assert (unknown.used, unknown.why) == (None, "no-level-before")


async def test_receipts_and_fills_find_each_other(city, conn):
    v, d = await car(conn)
    await sized(conn, v)
    await conn.execute("INSERT INTO fuel_card (id, number) VALUES (1, 'C1')")
    await conn.execute("INSERT INTO vehicle_fuel_card VALUES ($1, 1, '[2020-01-01,)')", v)
    c = week()
    await send(conn, d, points(c.rows))
    await understand.drain(city, LATER)
    began = from_us(c.rows[0][0])
    rows = [("a", 20_200, 44, None), ("b", 9_000, 200, None), ("c", 9_000, 201, None)]
    rows.append(("d", 9_000, 202, "c"))
    for txn, ml, minute, reverses in rows:
        await conn.execute(
            "INSERT INTO receipt (issuer, txn, kind, body_digest, at, received_at, card_no,"
            " quantity_ml, amount_fen, reverses_txn, detail)"
            " VALUES ('i', $1, 'fuel', '', $2, $2, 'C1', $3, $4, $5, '{}')",
            txn, began + timedelta(minutes=minute), ml, -1 if reverses else 1, reverses,
        )  # fmt: skip
    found = await fuel.settled(conn, v, began, from_us(c.t))
    assert [(s.verdict, s.medium) for s in found] == [
        ("agreed", "fuel"),
        ("receipt-missing", "electricity"),
        ("event-missing", "fuel"),
        ("receipt-missing", "fuel"),
    ]


async def test_the_curve_is_thinned_evenly(city, conn):
    v, d = await car(conn)
    c = week()
    await send(conn, d, points(c.rows))
    whole = await fuel.curve(conn, v, from_us(c.rows[0][0]), from_us(c.t), 100_000)
    some = await fuel.curve(conn, v, from_us(c.rows[0][0]), from_us(c.t), 100)
    assert len(whole) == sum(r[5] > 0 or r[6] > 0 for r in c.rows[:-1])
    assert 50 <= len(some) <= 100
    assert set(some) <= set(whole)


async def test_levels_of_many_are_those_of_each(city, conn):
    cars = [await car(conn) for _ in range(2)]
    silent, _ = await car(conn)
    for (v, d), minutes in zip(cars, (40, 90), strict=True):
        await sized(conn, v)
        c = Car(soc=300.0).drive(minutes).stand(60, soc=500.0).drive(30)
        await send(conn, d, points(c.rows))
    await understand.drain(city, LATER)
    vehicles = [v for v, _ in cars]
    moments = [from_us(row[0]) for row in c.rows[:: len(c.rows) // 6]]
    for medium in ("fuel", "electricity"):
        for at in moments:
            many = await fuel.levels_at(conn, [*vehicles, silent], at, medium)
            assert many == {v: await fuel.level_at(conn, v, at, medium) for v in vehicles}
    assert many[vehicles[0]] != many[vehicles[1]]
