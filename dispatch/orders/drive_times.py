"""Drive times that are kept: made from the roads or a routing server, looked up by everyone."""

import asyncio
import functools
import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime

import numpy as np

from dispatch import pools, requests
from dispatch.kernel.calendar import business_day
from dispatch.kernel.db import DATABASE_AWAY, TRY_AGAIN, Conn, Pool, statements
from dispatch.kernel.log import get_logger
from dispatch.orders.hours import factors, measure
from dispatch.orders.travel import Known, Point, estimate, points_of
from optimizer import Matrix
from optimizer.travel import Line, Network, NoTable, TravelTimes, server_at
from telemetry import roads
from telemetry.roads import Road, RoadClass

SQL = statements(__file__, "drive_times.sql")
log = get_logger("travel")

LOOK_EVERY_S = 5.0
MOST_WAIT_S = 300.0
"""A server that does not answer is asked less and less often."""
KMH = {RoadClass.CITY: 35, RoadClass.ROAD: 50, RoadClass.EXPRESSWAY: 95}
"""Usual speed on each class, where its limit is not lower."""
TOLL_FEN_PER_KM = 43
"""Of class 1 with ETC (0.45 yuan less 5 %), on expressways; `pools` know their class."""


async def known(conn: Conn) -> Known | None:
    """The newest kept drive times; None: there are none yet. Read once for each version."""
    newest = await conn.fetchrow(SQL["newest"])
    if newest is None:
        return None
    by_hour = await factors(conn)
    version: str = newest["version"]
    name = version, by_hour
    held = _HELD.get(name)
    if held is None:
        row = await conn.fetchrow(SQL["matrix"], version)
        if row is None:
            return None
        axes = zip(row["lon"], row["lat"], strict=True)
        points = tuple((lon / 1000, lat / 1000) for lon, lat in axes)
        layers = [_layer(row[name], len(points)) for name in ("seconds", "metres", "toll_fen")]
        held = Known(Matrix(layers[0], layers[1], version, layers[2], by_hour), points)
        _HELD.clear()
        _HELD[name] = held
    return held


_HELD: dict[tuple[str, tuple[int, ...]], Known] = {}
"""The last read; a version and its factors by hour name its content."""


async def drives(conn: Conn) -> requests.Travel:
    """Drive times between any two places, by what is kept now."""
    return functools.partial(estimate, known=await known(conn))


def _layer(data: bytes, n: int) -> "np.typing.NDArray[np.uint32]":
    return np.frombuffer(data, dtype="<u4").reshape(n, n).astype(np.uint32)


async def keep_drive_times(
    pool: Pool, now: Callable[[], datetime], stop: asyncio.Event, *, server: str = ""
) -> None:
    """Make drive times anew whenever places, homes, roads or the server change; until told to stop.

    Args:
        pool: of the database.
        now: reads product time.
        stop: set to end.
        server: osrm+http://… or valhalla+http://…; empty: the road network in force.
    """
    source = server_at(server) if server else None
    wait_s, measured_on = LOOK_EVERY_S, None
    while not stop.is_set():
        try:
            await refresh(pool, now(), source)
            if business_day(now()) != measured_on:
                measured_on = await _measure(pool, now())
            wait_s = LOOK_EVERY_S
        except NoTable as error:
            wait_s = min(2 * wait_s, MOST_WAIT_S)
            # What was kept goes on to serve; places it does not know go by great circle.
            log.warning("no drive times", reason=str(error))
        except (*DATABASE_AWAY, *TRY_AGAIN) as error:
            log.warning("drive times wait", reason=repr(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait_s)


async def _measure(pool: Pool, now: datetime) -> date:
    """Measure the hours once a day. Returns: the day."""
    async with pool.acquire() as conn, conn.transaction():
        kept = await known(conn)
        if kept is not None:
            await measure(conn, kept, now)
    return business_day(now)


async def refresh(pool: Pool, now: datetime, source: TravelTimes | None) -> bool:
    """Make drive times anew if what they are made of has changed.

    Returns:
        Whether there are new ones.

    Raises:
        NoTable: the server does not tell them.
    """
    async with pool.acquire() as conn:
        places, cars = await requests.places(conn), await pools.cars(conn, now)
        points = points_of(places, cars)
        # A server's roads change without a word: it is asked anew each day.
        roads_of = business_day(now) if source else await _set_in_force(conn, now)
        newest = await conn.fetchrow(SQL["newest"])
        made_of = hashlib.sha256(repr((points, source, roads_of)).encode()).hexdigest()
        if not points or roads_of is None:
            return False
        if newest is not None and newest["made_of"] == made_of:
            return False
        lines = await roads.roads_of(conn, roads_of) if isinstance(roads_of, int) else []
    at = np.array(points, dtype=np.float64)
    if source is None:
        matrix = await asyncio.to_thread(lambda: Network([_line(r) for r in lines]).matrix(at))
    else:
        matrix = await source.matrix(at)
    await _keep(pool, made_of, matrix, points, now)
    return True


async def _set_in_force(conn: Conn, now: datetime) -> int | None:
    for one in await roads.sets(conn):
        if one.since <= now and (one.until is None or now < one.until) and one.roads:
            return one.id
    return None


def _line(road: Road) -> Line:
    kmh = min(KMH[road.kind], road.limit_kmh or KMH[road.kind])
    toll = TOLL_FEN_PER_KM if road.kind is RoadClass.EXPRESSWAY else 0
    return Line(np.array(road.line, dtype=np.float64) / 1e7, kmh / 3.6, toll)


async def _keep(
    pool: Pool, made_of: str, matrix: Matrix, points: tuple[Point, ...], now: datetime
) -> None:
    lon, lat = ([round(x * 1000) for x in axis] for axis in zip(*points, strict=True))
    toll = np.zeros_like(matrix.seconds) if matrix.toll_fen is None else matrix.toll_fen
    layers = [layer.astype("<u4").tobytes() for layer in (matrix.seconds, matrix.metres, toll)]
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute(SQL["keep"], made_of, matrix.version, now, lon, lat, *layers)
        await conn.execute(SQL["forget"])
    log.info("drive times made", version=matrix.version, places=len(points))
