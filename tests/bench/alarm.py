"""A real alarm, timed: from its publish at the door to its case, committed, while a fleet goes on.

Terminals whose power was cut 70 s ago say so once more: that is the fix that breaks the rule
(docs/alarms.md, 13). It goes the whole way: MQTT, intake, marks, fold, case.
"""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from telemetry import positions, wire
from telemetry.wire import ReportedFlag
from tests.flows.ingest_door import Raw, add, free_port, process, publish

EVERY_S = 1.07
"""Not a whole second, so that it meets the fleet's turn of each second in every phase."""
LOOK_S = 0.01
WITHIN_S = 60
"""Longer is not waited: understanding is behind, and falls further behind."""
RAISED = "SELECT EXISTS (SELECT FROM alarm_case WHERE vehicle_id = $1 AND state = 'raised')"


def power_cut(at):
    """What such a terminal says."""
    return wire.Fix(
        ts=at, lon=118.75, lat=30.94, speed_kmh=0, flags=int(ReportedFlag.POWER_CUT), odometer_m=7
    )


async def terminals(conn, count):
    """Of each its token and its vehicle, by name; all said a while ago that their power is cut."""
    tokens = await add(conn, *(f"cut-{n}" for n in range(count)))
    await conn.execute(
        "INSERT INTO vehicle (code, model, category, class, seats, powertrain, first_registered,"
        " home_lon, home_lat) SELECT n, 'm', 'OTHER', 'sedan', 5, 'petrol', '2020-01-01', 0, 0"
        " FROM unnest($1::text[]) n",
        list(tokens),
    )
    await conn.execute(
        "INSERT INTO binding SELECT d.id, v.id, '[2020-01-01,)' FROM device d JOIN vehicle v"
        " ON v.code = d.name WHERE d.name = ANY ($1::text[])",
        list(tokens),
    )
    owners = {
        r["code"]: r["id"]
        for r in await conn.fetch("SELECT id, code FROM vehicle WHERE code LIKE 'cut-%'")
    }
    devices = await conn.fetch("SELECT id FROM device WHERE name LIKE 'cut-%'")
    began = datetime.now(UTC) - timedelta(seconds=70)
    async with conn.transaction():
        rows = [positions.pack(r["id"], power_cut(began), began) for r in devices]
        await positions.append(conn, rows)
    return {name: (token, owners[name]) for name, token in tokens.items()}


async def seconds_to_case(port, conn, name, token, vehicle_id):
    """From the publish until the case is there to be seen by another transaction; at most WITHIN_S."""
    raw = await Raw.open(port)
    assert (await raw.hello(name, token))[3] == 0
    began = time.perf_counter()
    await raw.send(publish(f"gongche/v1/{name}/fix", wire.encode([power_cut(datetime.now(UTC))])))
    with suppress(TimeoutError):
        async with asyncio.timeout(WITHIN_S):
            while not await conn.fetchval(RAISED, vehicle_id):
                await asyncio.sleep(LOOK_S)
    took = time.perf_counter() - began
    raw.close()
    return took


async def delays(dsn, conn, count, fleet):
    """Seconds of so many alarms, sorted; fleet is a coroutine that stores its fixes for ever."""
    port = free_port()
    async with process({"dsn": dsn, "port": port}):
        cut = await terminals(conn, count)
        going = asyncio.create_task(fleet)
        try:
            took = []
            for name, (token, vehicle_id) in cut.items():
                await asyncio.sleep(EVERY_S)
                took.append(await seconds_to_case(port, conn, name, token, vehicle_id))
                assert not going.done(), "the fleet stands still"
                if took[-1] >= WITHIN_S:
                    break
        finally:
            going.cancel()
            with suppress(asyncio.CancelledError):
                await going
    return sorted(took)
