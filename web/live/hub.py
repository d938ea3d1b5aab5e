"""One look at the database a tick, shared by all sockets: positions, states, roster, events."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

import asyncpg

from dispatch.kernel.clock import ProductClock
from dispatch.kernel.db import DATABASE_AWAY, Conn, Event, Pool, events_since, last_seq, statements
from dispatch.kernel.log import get_logger
from telemetry.live import FROM_THE_START, tail
from web.live.fleet import Car, Fleet
from web.live.frames import Duty, Motion

SQL = statements(__file__)
log = get_logger("live")

KEPT = 2_048
"""Events kept for sockets that come back."""

ROSTER_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it is sent, written once for all sockets."""

    seq: int
    pool_id: int | None
    text: str

    @classmethod
    def of(cls, event: Event) -> "Told":
        """Write an event."""
        body = {
            "t": "event",
            "seq": event.seq,
            "kind": event.kind,
            "pool_id": event.pool_id,
            "vehicle_id": event.vehicle_id,
            "at": event.at.isoformat(),
            "d": event.data,
        }
        return cls(event.seq, event.pool_id, json.dumps(body, ensure_ascii=False))


class Hub:
    """Runs as long as the web process; sockets read its fleet and its last events."""

    def __init__(self, pool: Pool, clock: ProductClock, *, hz: float) -> None:
        self.clock = clock
        self.fleet = Fleet()
        self.epoch = ""
        self.seq = 0
        self.ready = asyncio.Event()
        self._pool = pool
        self._every_s = 1 / hz
        self._events: deque[Told] = deque(maxlen=KEPT)
        self._sockets: set[asyncio.Event] = set()
        self._positions_seen = self._states_seen = FROM_THE_START
        self._roster: list[asyncpg.Record] = []
        self._roster_due = 0.0

    @contextmanager
    def waking(self) -> Iterator[asyncio.Event]:
        """An event that is set after every look, for the length of a socket's life."""
        wake = asyncio.Event()
        self._sockets.add(wake)
        try:
            yield wake
        finally:
            self._sockets.discard(wake)

    def events_after(self, seq: int, at_most: int) -> list[Told] | None:
        """Kept events after a number, in order; None where some of them are kept no more."""
        oldest = self.seq - len(self._events)
        if not oldest <= seq <= self.seq:
            return None
        start = seq - oldest
        return list(islice(self._events, start, start + at_most))

    async def run(self) -> None:
        """Look until cancelled; after every (re)connect as if nothing had been seen."""
        while True:
            try:
                async with self._pool.acquire() as conn:
                    self._positions_seen = self._states_seen = FROM_THE_START
                    self._roster_due = 0.0
                    while True:
                        await self.look(conn)
                        await asyncio.sleep(self._every_s)
            except DATABASE_AWAY as error:
                if isinstance(error, ValueError):  # an argument that does not fit: our mistake
                    raise
                log.warning("database away", error=type(error).__name__)
                await asyncio.sleep(1.0)

    async def look(self, conn: Conn) -> None:
        """Bring fleet and events up to date, then wake all sockets."""
        await self.clock.refresh(conn)
        self.fleet.tick += 1
        hurry = await self._hear(conn)
        if hurry or time.monotonic() >= self._roster_due:
            await self._name(conn)
        self._positions_seen, moved = await tail(conn, self._positions_seen)
        self.fleet.move(moved)
        await self._judge(conn)
        self.ready.set()
        for wake in self._sockets:
            wake.set()

    async def _hear(self, conn: Conn) -> bool:
        """Read new events; tell whether one of them changes what a vehicle is up to."""
        epoch, last = await last_seq(conn)
        if epoch != self.epoch:
            self.epoch, self.seq = epoch, max(0, last - KEPT)
            self._events.clear()
        hurry = False
        while events := await events_since(conn, self.seq, KEPT):
            self._events.extend(map(Told.of, events))
            self.seq = events[-1].seq
            hurry = hurry or any(e.kind.startswith("order.") for e in events)
        return hurry

    async def _name(self, conn: Conn) -> None:
        now = self.clock.now()
        roster = await conn.fetch(SQL["roster"], now)
        if roster != self._roster:
            self._roster = roster
            self.fleet.name(Car(**dict(row)) for row in roster)
        rows = await conn.fetch(SQL["duties"], now)
        self.fleet.set_duty({row["vehicle_id"]: Duty(row["duty"]) for row in rows})
        self._roster_due = time.monotonic() + ROSTER_EVERY_S

    async def _judge(self, conn: Conn) -> None:
        rows = await conn.fetch(SQL["states"], self._states_seen)
        self._states_seen = rows[0]["snapshot"]
        self.fleet.set_motion(
            (row["vehicle_id"], Motion[row["motion"].upper()])
            for row in rows
            if row["vehicle_id"] is not None
        )
