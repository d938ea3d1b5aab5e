"""The hub's picture changes in one piece: whoever looks at any moment misses nothing."""

import asyncio
import random
from datetime import UTC, datetime

from dispatch import register
from dispatch.register import Document
from telemetry import devices
from tests.website import document, publish
from web.live.frames import Kind, unpack
from web.live.hub import Hub
from web.live.view import Sight, Viewer

MOTIONS = ("parked", "moving", "idling")


async def _city(conn):
    async with conn.transaction():
        ids = (await register.load(conn, Document.model_validate(document()))).ids
        since = datetime(2026, 1, 1, tzinfo=UTC)
        bound = {}
        for code, vehicle in ids["vehicles"].items():
            device, _ = await devices.create(conn, f"bd-{code}", "terminal")
            await devices.bind(conn, device.name, vehicle, since)
            bound[vehicle] = device.id
    return ids, bound


def pictured(columns):
    """Longitude and motion of each car that the hub has placed."""
    return {
        int(columns.handle[i]): (int(columns.lon[i]), int(columns.motion[i]))
        for i in columns.placed.nonzero()[0]
    }


async def _write(pool, bound, seed):
    """Positions and motions at random, in transactions of their own, as ingest and folds do."""
    chance = random.Random(seed)
    for _ in range(40):
        vehicle, device = chance.choice(list(bound.items()))
        async with pool.acquire() as conn:
            if chance.random() < 0.5:
                lon = 118 + chance.random()
                await publish(conn, device, lon, 30.9, at=datetime.now(UTC))
            else:
                await conn.execute(
                    "INSERT INTO live_state (vehicle_id, motion, since) VALUES ($1, $2, now()) "
                    "ON CONFLICT (vehicle_id) DO UPDATE SET motion = excluded.motion, "
                    "changed_xid = pg_current_xact_id()",
                    vehicle,
                    chance.choice(MOTIONS),
                )


async def test_a_socket_that_takes_a_frame_at_every_moment_ends_with_what_is_stored(
    pool, conn, clock
):
    ids, bound = await _city(conn)
    hub = Hub(pool, clock, hz=1)
    sight, held, named = (
        Sight(Viewer(frozenset(ids["pools"].values()), frozenset(), watches=True)),
        {},
        -1,
    )
    still = asyncio.Event()

    def receive():
        frame = sight.next_frame(hub.fleet, clock.now())
        if frame is None:
            return
        kind, _, records = unpack(frame)
        if kind is Kind.KEYFRAME:
            held.clear()
        for r in records:
            held[int(r["handle"])] = int(r["lon"]), int(r["state"]) & 15

    async def take_at_every_moment():
        while not still.is_set():
            receive()
            await asyncio.sleep(0)

    async def look():
        async with pool.acquire() as own:
            while not still.is_set():
                await hub.look(own)
                receive()
                assert held == pictured(hub.fleet.columns)
            await hub.look(own)

    looking, taking = asyncio.create_task(look()), asyncio.create_task(take_at_every_moment())
    await asyncio.gather(*(_write(pool, bound, seed) for seed in range(4)))
    still.set()
    await asyncio.gather(looking, taking)
    receive()
    rows = await conn.fetch(
        "SELECT b.vehicle_id, p.lon, l.motion FROM live_position p JOIN binding b USING (device_id) "
        "JOIN live_state l USING (vehicle_id)"
    )
    assert len(rows) == 4
    codes = {"parked": 1, "moving": 2, "idling": 3}
    assert held == {r["vehicle_id"]: (r["lon"], codes[r["motion"]]) for r in rows}
    assert {car.vehicle_id for car in sight.named(hub.fleet, named)} == set(bound)
