"""The stream's side of the database: what it reads, and how facts and their cases are written."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg
import numpy as np

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import VehicleId
from telemetry import geofences, roads
from telemetry.alarms.context import NO_OUTAGES, Context
from telemetry.alarms.model import AlarmFact, Rule
from telemetry.alarms.timeline import Held, Word, World
from telemetry.roads import RoadIndex
from telemetry.streams import (
    Difference,
    Memory,
    Span,
    Stored,
    Timeline,
    Window,
    from_us,
    read_stored,
    to_us,
)

SQL: Final = statements(__file__)
_WORLD, _LINES, _ROADS = "alarms.world", "alarms.timelines", "alarms.roads"


async def timelines(
    conn: Conn, vehicles: Sequence[VehicleId], memory: Memory
) -> dict[VehicleId, Timeline[Context]]:
    """What holds for vehicles over time: out of memory as far as it is still true."""
    world, lines = await _world(conn, memory)
    pools: dict[int, list[Held]] = {v: [] for v in vehicles}
    bound: dict[int, list[tuple[int, int]]] = {v: [] for v in vehicles}
    for r in await conn.fetch(SQL["periods"], vehicles):
        if r["pool_id"] is None:
            bound[r["vehicle_id"]].append((to_us(r["lo"]), to_us(r["hi"])))
        else:
            pools[r["vehicle_id"]].append(_held(r["pool_id"], r))
    found = {}
    for v in vehicles:
        key = (v, tuple(pools[v]), tuple(bound[v]))
        if key not in lines:
            lines[key] = world.timeline(v, pools[v], bound[v])
        found[v] = lines[key]
    return found


async def _world(conn: Conn, memory: Memory) -> tuple[World, dict[object, Timeline[Context]]]:
    fences = await geofences.kept(conn, memory)
    # read before what it is about: that can only be younger, and is read again the next time
    row = await conn.fetchrow(SQL["revision"])
    now = None if row is None else tuple(row)
    known = memory.get(_WORLD)
    if not isinstance(known, tuple) or known[0] != now or known[1].fences is not fences:
        known = now, await load(conn, memory, fences)
        memory[_WORLD], memory[_LINES] = known, {}
    lines = memory[_LINES]
    assert isinstance(lines, dict)
    return known[1], lines


async def load(conn: Conn, memory: Memory, fences: geofences.Fences) -> World:
    """All that is the same for every vehicle; road sets that are in memory are not read again."""
    words = [word(r) for r in await conn.fetch(SQL["rules"])]
    sets = [_held(r["id"], r) for r in await conn.fetch(SQL["road_sets"])]
    loaded = memory.setdefault(_ROADS, {})
    assert isinstance(loaded, dict)
    indexes: dict[int, RoadIndex] = {}
    for one in sets:
        if one.id not in loaded:
            loaded[one.id] = roads.index(await roads.roads_of(conn, one.id))
        indexes[one.id] = loaded[one.id]
    outages = [(to_us(r["lo"]), to_us(r["hi"])) for r in await conn.fetch(SQL["outages"])]
    spells = np.array(outages, np.int64) if outages else NO_OUTAGES
    return World(words, sets, indexes, spells, fences)


def word(r: asyncpg.Record) -> Word:
    """A row of alarm_rule."""
    whose = (r["pool_id"], r["vehicle_id"])
    said = (r["enabled"], r["shadow"], r["parameters"])
    return Word(Rule(r["rule"]), *whose, *said, to_us(r["lo"]), to_us(r["hi"]))


def _held(id_: int, r: asyncpg.Record) -> Held:
    return Held(id_, to_us(r["lo"]), to_us(r["hi"]))


async def stored(conn: Conn, windows: Sequence[Window]) -> Mapping[VehicleId, Sequence[Stored]]:
    """Facts that begin in the windows."""
    return await read_stored(conn, SQL["stored"], windows)


async def write(
    conn: Conn, differences: Sequence[tuple[VehicleId, Difference[AlarmFact]]], now: int
) -> None:
    """Write facts, and let their cases follow; the uniqueness of starts is checked at commit."""
    at = from_us(now)
    gone = [s.id for _, d in differences for s in d.delete]
    change = [(s.id, *_row(n)) for _, d in differences for s, n in d.change]
    new = [(v, n.fact.key, *_row(n)) for v, d in differences for n in d.insert]
    if gone:
        await conn.execute(SQL["withdraw"], gone, at)
        await conn.execute(SQL["delete"], gone)
    if change:
        await conn.execute(SQL["change"], *zip(*change, strict=True))
        for is_open in (False, True):
            await conn.execute(SQL["follow"], [row[0] for row in change], at, is_open)
    if new:
        rows = await conn.fetch(SQL["insert"], *zip(*new, strict=True))
        await conn.execute(SQL["open"], [r["id"] for r in rows], at)


def _row(span: Span[AlarmFact]) -> tuple[Any, ...]:
    f = span.fact
    times = (from_us(f.started), from_us(f.raised), _or_none(f.red), _or_none(f.ended))
    return (*times, f.peak, f.bound, f.cause, f.lon, f.lat, span.version)


def _or_none(t: int | None) -> object:
    return None if t is None else from_us(t)
