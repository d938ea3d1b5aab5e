"""Visits as a stream; the key is the fence."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import VehicleId
from telemetry.geofences.areas import Fences
from telemetry.geofences.fold import decode, encode, fold, under_way
from telemetry.geofences.model import DEFAULT_RULES, Rules, State, Visit
from telemetry.geofences.store import SQL, kept
from telemetry.journeys import UNUSABLE
from telemetry.streams import (
    Difference,
    Json,
    Memory,
    Piece,
    Span,
    Stored,
    Timeline,
    Window,
    digest,
    from_us,
    read_stored,
    write_rows,
)

FOLD_VERSION = 2
"""Raise it whenever the same fixes and fences give other visits."""


@dataclass(frozen=True, slots=True)
class VisitStream:
    """When a vehicle was inside of what."""

    rules: Rules = DEFAULT_RULES
    name: str = "visits"
    consumers: tuple[str, ...] = ("trips",)

    def version(self) -> int:
        """Of the fold and its thresholds."""
        seen = digest(0, [FOLD_VERSION, *astuple(self.rules)])
        return int.from_bytes(seen[4:8], "big") >> 1

    def empty(self) -> State:
        """Seen nowhere yet."""
        return State()

    def encode(self, state: State) -> Json:
        """As whole numbers."""
        return encode(state)

    def decode(self, values: Json) -> State:
        """What encode turned into values."""
        return decode(values)

    def fold(self, state: State, piece: Piece, context: Fences) -> tuple[State, list[Visit]]:
        """Advance over the usable fixes."""
        usable = np.flatnonzero((piece.flags & int(UNUSABLE)) == 0)
        if len(usable) == len(piece.flags):
            return fold(state, piece.fixes, piece.phase, context, self.rules)
        fixes, phase = piece.fixes.pick(usable), piece.phase[usable]
        return fold(state, fixes, phase, context, self.rules)

    def under_way(
        self, state: State, as_of: int, _excused: int, context: Fences
    ) -> tuple[list[Visit], int | None]:
        """Silence is no leaving; the end of a window, or of a fence, is one."""
        return under_way(state, as_of, context)

    def pending(self, state: State, at: int) -> Mapping[int, int]:
        """From the visits that are under way, or may turn out to be."""
        del at
        return {one.fence_id: one.pending() for one in state.near}

    async def contexts(
        self, conn: Conn, vehicles: Sequence[VehicleId], memory: Memory
    ) -> Mapping[VehicleId, Timeline[Fences]]:
        """All fences of all times, for each vehicle: what is in force when is for the fold."""
        return dict.fromkeys(vehicles, ((0, await kept(conn, memory, self.rules)),))

    async def stored(
        self, conn: Conn, windows: Sequence[Window]
    ) -> Mapping[VehicleId, Sequence[Stored]]:
        """Visits that begin in the windows."""
        return await read_stored(conn, SQL["stored"], windows)

    async def write(
        self, conn: Conn, differences: Sequence[tuple[VehicleId, Difference[Visit]]], _now: int
    ) -> None:
        """The uniqueness of entries is checked at commit."""
        gone = [s.id for _, d in differences for s in d.delete]
        change = [(s.id, *_row(n)) for _, d in differences for s, n in d.change]
        new = [
            (vehicle_id, n.fact.fence_id, *_row(n))
            for vehicle_id, d in differences
            for n in d.insert
        ]
        await write_rows(conn, SQL, gone, change, new)


STREAM = VisitStream()


def _row(span: Span[Visit]) -> tuple[object, ...]:
    left = span.fact.left
    return from_us(span.fact.entered), None if left is None else from_us(left), span.version
