"""The stream of alarms: how a vehicle's fixes are judged, and how its facts are kept."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import VehicleId
from telemetry.alarms import layout, store
from telemetry.alarms.context import Context
from telemetry.alarms.kernel import AT_ONCE, run
from telemetry.alarms.layout import RULES, RUNS_OF, STATE
from telemetry.alarms.model import AlarmFact
from telemetry.alarms.outlook import fact, slots, under_way
from telemetry.streams import (
    Difference,
    Integers,
    Json,
    Memory,
    Piece,
    Stored,
    Timeline,
    Window,
)

CODE: Final = 2
"""Raise it whenever the same fixes give other facts."""
_ROOM = 4 * AT_ONCE


class Alarms:
    """See telemetry.streams.Stream. The state is a row of int64, see layout; never changed."""

    name = "alarms"
    consumers: tuple[str, ...] = ()

    def __init__(self, kernel: Callable[..., int] = run) -> None:
        self._run = kernel

    def version(self) -> int:
        """Thresholds are context; only the code counts."""
        text = json.dumps([CODE, STATE])
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1

    def empty(self) -> Integers:
        """All zero."""
        return np.zeros(STATE, np.int64)

    def encode(self, state: Integers) -> Json:
        """Where it is not zero: place, value, place, value ..."""
        places = np.flatnonzero(state)
        pairs: Json = np.column_stack([places, state[places]]).ravel().tolist()
        return pairs

    def decode(self, values: Json) -> Integers:
        """The state that encode turned into values."""
        state = self.empty()
        state[values[::2]] = values[1::2]
        return state

    def fold(
        self, state: Integers, piece: Piece, context: Context
    ) -> tuple[Integers, list[AlarmFact]]:
        """Advance over a piece."""
        state = state.copy()
        at, out = np.zeros(2, np.int64), np.empty((_ROOM, layout.SLOT + 1), np.int64)
        f, signals, index = piece.fixes, piece.signals, context.roads
        blind, zones = context.blind(f), context.zones(f)
        ended: list[AlarmFact] = []
        while at[0] < len(f) or at[1] < len(signals):
            n = self._run(
                state, context.parameters, index.segments, index.cells, index.items,
                context.outages, f.t, f.lon, f.lat, f.speed, f.accuracy, f.ignition, f.device,
                f.reported_flags, piece.flags, piece.driven_m, piece.phase, blind, zones,
                signals.t, signals.device, signals.kind, at, out,
            )  # fmt: skip
            ended += _facts(out[:n].tolist())
        return state, ended

    def under_way(
        self, state: Integers, as_of: int, excused: int, context: Context
    ) -> tuple[list[AlarmFact], int | None]:
        """Open facts, those that silence ended, and silence itself."""
        p = context.parameters.tolist()
        return under_way(state.tolist(), p, as_of, excused, context.outages)

    def pending(self, state: Integers, at: int) -> Mapping[int, int]:
        """Open facts, runs that may become facts, and silence since the last message."""
        s = state.tolist()
        since = {int(rule): slot[layout.STARTED] for _, rule, slot in slots(s)}
        for rule, runs in RUNS_OF.items():
            begun = [s[run] for run in runs if s[run]]
            if begun:
                since[int(rule)] = min([since.get(int(rule), at), *begun])
        return since

    async def contexts(
        self, conn: Conn, vehicles: Sequence[VehicleId], memory: Memory
    ) -> Mapping[VehicleId, Timeline[Context]]:
        """Rules, roads, blind and speed zones, and our outages."""
        return await store.timelines(conn, vehicles, memory)

    async def stored(
        self, conn: Conn, windows: Sequence[Window]
    ) -> Mapping[VehicleId, Sequence[Stored]]:
        """Facts that begin in the windows."""
        return await store.stored(conn, windows)

    async def write(
        self, conn: Conn, differences: Sequence[tuple[VehicleId, Difference[AlarmFact]]], now: int
    ) -> None:
        """Facts, and the cases that follow them."""
        await store.write(conn, differences, now)


STREAM: Final = Alarms()


def _facts(rows: Iterable[list[int]]) -> list[AlarmFact]:
    return [fact(RULES[i], slot, slot[layout.LAST]) for i, *slot in rows]
