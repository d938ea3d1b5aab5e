"""Visits as a stream; the key is the fence."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import TypeAlias

import numpy as np

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import VehicleId
from telemetry.geofences.fold import fold, under_way
from telemetry.geofences.model import DEFAULT_RULES, Fence, FenceState, Rules, Visit
from telemetry.geofences.store import fences
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
)

SQL = statements(__file__)
FOLD_VERSION = 1
"""Raise it whenever the same fixes and fences give other visits."""

States: TypeAlias = tuple[FenceState, ...]
"""In id order: of fences that the vehicle is in, or seems to enter."""


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

    def empty(self) -> States:
        """Outside of all."""
        return ()

    def encode(self, state: States) -> Json:
        """As whole numbers."""
        return [list(astuple(one)) for one in state]

    def decode(self, values: Json) -> States:
        """What encode turned into values."""
        return tuple(
            FenceState(*(n for n in v if isinstance(n, int))) for v in values if isinstance(v, list)
        )

    def fold(
        self, state: States, piece: Piece, context: Sequence[Fence]
    ) -> tuple[States, list[Visit]]:
        """Advance over the usable fixes."""
        usable = piece.fixes.pick(np.flatnonzero((piece.flags & int(UNUSABLE)) == 0))
        after, ended = fold({f.fence_id: f for f in state}, usable, context, self.rules)
        return tuple(after[k] for k in sorted(after)), ended

    def under_way(
        self, state: States, _as_of: int, _excused: int, _context: Sequence[Fence]
    ) -> tuple[list[Visit], int | None]:
        """Silence is no leaving."""
        return under_way({f.fence_id: f for f in state}), None

    def pending(self, state: States, at: int) -> Mapping[int, int]:
        """From the visits that are under way, or may turn out to be."""
        del at
        return {one.fence_id: one.pending() for one in state}

    async def contexts(
        self, conn: Conn, vehicles: Sequence[VehicleId], _memory: Memory
    ) -> Mapping[VehicleId, Timeline[Sequence[Fence]]]:
        """All fences, for each vehicle; when one is in force is for the fold."""
        return dict.fromkeys(vehicles, ((0, await fences(conn)),))

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
        if gone:
            await conn.execute(SQL["delete"], gone)
        if change:
            await conn.execute(SQL["change"], *zip(*change, strict=True))
        if new:
            await conn.execute(SQL["insert"], *zip(*new, strict=True))


STREAM = VisitStream()


def _row(span: Span[Visit]) -> tuple[object, ...]:
    left = span.fact.left
    return from_us(span.fact.entered), None if left is None else from_us(left), span.version
