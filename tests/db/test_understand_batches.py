"""Hundreds of vehicles in one transaction: what came in order; all else is left, and loses nothing."""

import pytest

from telemetry import understand
from telemetry.understand import store
from tests.tracks import later
from tests.understanding import LATER, START, car, day, facts, prepare, seconds, send

FOLDER = understand.Folder()
NOW = understand.Now.of(LATER.now())


@pytest.fixture
async def city(pool):
    async with pool.acquire() as conn:
        await prepare(conn)
    return pool


async def resolved(conn):
    await conn.fetchval(store.SQL["resolve"])


async def test_a_fix_in_order_reads_itself_alone(city, conn):
    cars = [await car(conn) for _ in range(5)]
    track = day()
    for _, d in cars:
        await send(conn, d, track[:100])
    await understand.drain(city, LATER)
    for at in range(100, 110):
        for _, d in cars:
            await send(conn, d, [track[at]])
        await resolved(conn)
        batch = await FOLDER.fold_together(conn, [v for v, _ in cars], NOW)
        assert {v: o.read for v, o in batch.done.items()} == {v: 1 for v, _ in cars}
        assert batch.left == []
    for _, d in cars:
        await send(conn, d, track[110:])
    await understand.drain(city, LATER)
    w, e = await car(conn)
    await send(conn, e, track)
    await understand.drain(city, LATER)
    for v, _ in cars:
        assert await facts(conn, v) == await facts(conn, w)


async def test_what_is_late_much_or_of_another_version_is_left(city, conn):
    late, in_order, much, other, new, never = [await car(conn) for _ in range(6)]
    track = day()
    for _, d in (late, in_order, much, other):
        await send(conn, d, track[:50])
    await understand.drain(city, LATER)
    await conn.execute("UPDATE fold_head SET fold_version = 7 WHERE vehicle_id = $1", other[0])
    await send(conn, late[1], [p.but(t=p.t + 1) for p in track[20:21]])
    for _, d in (in_order, other, new):
        await send(conn, d, track[50:60])
    await send(conn, much[1], track[50:350])
    await resolved(conn)
    everyone = [v for v, _ in (late, in_order, much, other, new, never)]
    batch = await FOLDER.fold_together(conn, everyone, NOW)
    assert sorted(batch.left) == sorted([late[0], much[0], other[0]])
    assert batch.done[in_order[0]].read == batch.done[new[0]].read == 10
    assert batch.done[never[0]].read == 0
    marked = await conn.fetch("SELECT DISTINCT vehicle_id FROM vehicle_mark ORDER BY 1")
    assert [r[0] for r in marked] == sorted(batch.left)


async def test_what_others_fold_is_neither_done_nor_left(city, conn):
    (v, d), (w, e) = await car(conn), await car(conn)
    for x in (d, e):
        await send(conn, x, day()[:10])
    await resolved(conn)
    async with city.acquire() as other, other.transaction():
        await store.lock(other, [v])
        batch = await FOLDER.fold_together(conn, [v, w], NOW)
    assert (list(batch.done), batch.left) == ([w], [])


async def test_many_variants_of_a_moment_are_not_taken_for_the_end(city, conn):
    """The batch reads so many rows of each vehicle; variants are rows too."""
    v, d = await car(conn)
    w, e = await car(conn)
    track = [p.but(lat=p.lat + n) for p in day() for n in range(3)]
    await send(conn, d, track)
    await understand.drain(city, LATER)
    for at in range(0, len(track), 30):
        await send(conn, e, track[at : at + 30])
        await understand.drain(city, LATER)
    assert await facts(conn, v) == await facts(conn, w)
    assert sum(j["conflicts"] for j in (await facts(conn, v))[0]) > 200


async def test_what_the_register_says_otherwise_has_its_vehicle_folded_again(city, conn):
    v, d = await car(conn)
    await send(conn, d, later(day(), 60))
    await understand.drain(city, LATER)
    marked = "SELECT vehicle_id, lo FROM vehicle_mark"
    await conn.execute("UPDATE vehicle SET model = 'n', seats = 7 WHERE id = $1", v)
    assert await conn.fetch(marked) == []  # no fold reads that
    await conn.execute("UPDATE vehicle SET tank_ml = 60000 WHERE id = $1", v)
    assert {r["vehicle_id"] for r in await conn.fetch(marked)} == {v}
    await understand.drain(city, LATER)
    await conn.execute(
        "INSERT INTO vehicle_pool VALUES ($1, 1, tstzrange($2, NULL))", v, seconds(3_600)
    )
    assert [tuple(r) for r in await conn.fetch(marked)] == [(v, seconds(3_600))]
    await understand.drain(city, LATER)
    await conn.execute(
        "UPDATE vehicle_pool SET during = tstzrange(lower(during), $2) WHERE vehicle_id = $1",
        v,
        seconds(9_000),
    )
    assert [tuple(r) for r in await conn.fetch(marked)] == [(v, seconds(3_600))]
    await understand.drain(city, LATER)
    await conn.execute("DELETE FROM vehicle_pool WHERE vehicle_id = $1", v)
    assert [tuple(r) for r in await conn.fetch(marked)] == [(v, seconds(3_600))]
    w, _ = await car(conn)
    await conn.execute("DELETE FROM vehicle_mark")
    await conn.execute("DELETE FROM binding WHERE vehicle_id = $1", w)
    await conn.execute("INSERT INTO vehicle_pool VALUES ($1, 1, tstzrange($2, NULL))", w, START)
    assert await conn.fetch(marked) == []  # it never had a terminal
