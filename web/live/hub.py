"""One look at the database a tick, shared by all sockets: positions, states, roster, events."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import asyncpg

from dispatch.kernel.clock import ProductClock
from dispatch.kernel.db import (
    DATABASE_AWAY,
    TRY_AGAIN,
    Conn,
    Event,
    Pool,
    events_since,
    last_seq,
    statements,
)
from dispatch.kernel.ids import VehicleId
from dispatch.kernel.log import get_logger
from telemetry.live import FROM_THE_START, LivePosition, tail
from web.live.fleet import Car, Fleet
from web.live.frames import Duty, Motion

SQL = statements(__file__)
log = get_logger("live")

KEPT = 2_048
"""Events kept for sockets that come back."""

ROSTER_EVERY_S = 2.0

Roster: TypeAlias = tuple[list[asyncpg.Record], dict[VehicleId, Duty]]


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
            except (*DATABASE_AWAY, *TRY_AGAIN) as error:
                if isinstance(error, ValueError):  # an argument that does not fit: our mistake
                    raise
                log.warning("live picture waits", error=type(error).__name__)
                await asyncio.sleep(1.0)

    async def look(self, conn: Conn) -> None:
        """Read what is new, then take it in without a pause, then wake all sockets.

        Sockets run between any two awaits: were the picture changed in pieces, one could
        be sent half a tick and believe that it holds all of it.
        """
        await self.clock.refresh(conn)
        epoch, last = await last_seq(conn)
        since = self.seq if epoch == self.epoch else max(0, last - KEPT)
        events = await events_since(conn, since, KEPT)
        hurry = any(event.kind.startswith("order.") for event in events)
        roster = await self._read_roster(conn, hurry=hurry)
        positions_seen, moved = await tail(conn, self._positions_seen)
        states = await conn.fetch(SQL["states"], self._states_seen)
        if epoch != self.epoch:
            self._begin(epoch, since)
        self._take(roster, moved, states, events)
        self._positions_seen = positions_seen
        self.ready.set()
        for wake in self._sockets:
            wake.set()

    def _begin(self, epoch: str, seq: int) -> None:
        """Start on another history."""
        self.epoch, self.seq = epoch, seq
        self._events.clear()

    async def _read_roster(self, conn: Conn, *, hurry: bool) -> Roster | None:
        """Who is on the map and what they are up to; None while that is not due."""
        if not hurry and time.monotonic() < self._roster_due:
            return None
        now = self.clock.now()
        cars = await conn.fetch(SQL["roster"], now)
        duties = await conn.fetch(SQL["duties"], now)
        self._roster_due = time.monotonic() + ROSTER_EVERY_S
        return cars, {row["vehicle_id"]: Duty(row["duty"]) for row in duties}

    def _take(
        self,
        roster: Roster | None,
        moved: Sequence[LivePosition],
        states: Sequence[asyncpg.Record],
        events: Sequence[Event],
    ) -> None:
        self.fleet.tick += 1
        if roster is not None and roster[0] != self._roster:
            self._roster = roster[0]
            self.fleet.name(Car(**dict(row)) for row in roster[0])
        if roster is not None:
            self.fleet.set_duty(roster[1])
        self.fleet.move(moved)
        self._states_seen = states[0]["snapshot"]
        self.fleet.set_motion(
            (row["vehicle_id"], Motion[row["motion"].upper()])
            for row in states
            if row["vehicle_id"] is not None
        )
        if events:
            self._events.extend(map(Told.of, events))
            self.seq = events[-1].seq
