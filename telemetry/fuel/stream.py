"""The stream "energy": the kernels as telemetry.understand runs them."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final, TypeAlias, cast

import numpy as np

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import VehicleId
from telemetry.fuel import layout, store
from telemetry.fuel.battery import tell_charge
from telemetry.fuel.change import tell
from telemetry.fuel.fold import fold_energy
from telemetry.fuel.model import DEFAULT_RULES, Capacity, Event, Kind, Rules, limits
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

State: TypeAlias = Integers
"""A vector, see layout; never changed, a fold works on a copy."""

_KINDS: Final[Mapping[int, Kind]] = {
    layout.REFUEL: "refuel",
    layout.DROP: "drop",
    layout.JUMP: "jump",
    layout.CHARGE: "charge",
}
FUEL, ELECTRICITY = 0, 1
UNSETTLED: Final = 70
"""So sure at most is a change that may yet be withdrawn."""
_PARTS: Final = (
    *((0, layout.DOUBT), (layout.DOUBT, layout.HELD), (layout.HELD, layout.RECENT_T)),
    *((layout.TAIL_T, layout.BATTERY), (layout.BATTERY, layout.SESSION)),
    (layout.SESSION, layout.SIZE),
)
"""What is left out of a checkpoint where it is all 0."""
_RINGS: Final = (
    (layout.S.recent_n, layout.RECENT_T, layout.RECENT_L),
    (layout.S.still_n, layout.STILL_T, layout.STILL_L),
)
"""Short memories: how many, from where on their times and their levels."""


class EnergyStream:
    """Refuels, thefts, charges; see telemetry.streams.Stream."""

    name: Final = "energy"
    consumers: Final[tuple[str, ...]] = ()

    def __init__(self, rules: Rules = DEFAULT_RULES) -> None:
        self.rules = rules

    def version(self) -> int:
        """Of the code and its thresholds."""
        return self.rules.version()

    def empty(self) -> State:
        """Nothing is known."""
        return np.zeros(layout.SIZE, np.int64)

    def encode(self, state: State) -> Json:
        """Part by part; of a memory, the steps of its times and its levels."""
        values = state.tolist()
        parts = [values[lo:hi] if any(values[lo:hi]) else [] for lo, hi in _PARTS]
        for count, times, levels in _RINGS:
            n = values[count]
            at = values[times : times + n]
            steps = [b - a for a, b in zip([0, *at], at, strict=False)]
            parts.append(steps + values[levels : levels + n])
        return parts

    def decode(self, values: Json) -> State:
        """The vector again."""
        whole = [0] * layout.SIZE
        parts = cast("list[list[int]]", values)
        for (lo, hi), part in zip(_PARTS, parts, strict=False):
            if part:
                whole[lo:hi] = part
        for (count, times, levels), part in zip(_RINGS, parts[len(_PARTS) :], strict=True):
            n = whole[count]
            whole[times : times + n] = accumulate(part[:n])
            whole[levels : levels + n] = part[n:]
        return np.array(whole, np.int64)

    def fold(self, state: State, piece: Piece, context: Capacity) -> tuple[State, list[Event]]:
        """Take a piece."""
        fixes, said = piece.fixes, piece.signals
        after = state.copy()
        out = np.empty((len(fixes) + len(said) + 2, layout.OUT), np.int64)
        n = fold_energy(
            after,
            limits(context, self.rules),
            *(fixes.t, fixes.fuel_ml, fixes.soc_permille, fixes.speed, fixes.ignition),
            *(fixes.device, piece.phase, piece.moved_mm, fixes.lon, fixes.lat, piece.flags),
            *(said.t, said.kind, said.fuel_ml, said.soc_permille, said.added_ml, said.device),
            out,
        )
        return after, [_event(row, context, settled=1) for row in out[:n].tolist()]

    def under_way(
        self, state: State, as_of: int, excused: int, context: Capacity
    ) -> tuple[list[Event], int | None]:
        """A change that the drive has not confirmed, and a charge that goes on."""
        bounds = limits(context, self.rules)
        out = np.empty((1, layout.OUT), np.int64)
        found: list[Event] = []
        if state[layout.H.on] and tell(state, bounds, out, 0):
            found.append(_event(out[0].tolist(), context, settled=0))
        if not state[layout.B.c_on]:
            return found, None
        tell_charge(state, bounds, out, 0)
        pause = self.rules.pause_s * 1_000_000
        over = max(int(state[layout.B.c_upto]), excused) + pause + 1
        is_over = as_of >= over
        found.append(_event(out[0].tolist(), context, settled=0, goes_on=not is_over))
        return found, None if is_over else over

    def pending(self, state: State, at: int) -> Mapping[int, int]:
        """A change begins with the last reading of the old level, which was taken before."""
        known = {}
        tank = [state[k] for k in (layout.S.last_t, layout.S.stop_before, layout.D.before)]
        tank = [int(t) for t in (*tank, state[layout.H.before]) if t]
        if tank:
            known[FUEL] = min(tank)
        battery = [int(state[k]) for k in (layout.B.low_t, layout.B.t, layout.B.c_from)]
        if any(battery):
            known[ELECTRICITY] = min(t for t in battery if t)
        return known

    async def contexts(
        self, conn: Conn, vehicles: Sequence[VehicleId], memory: Memory
    ) -> Mapping[VehicleId, Timeline[Capacity]]:
        """What the register says of them; it holds for all time."""
        found = await store.capacities(conn, vehicles)
        return {one: ((0, found.get(one, Capacity())),) for one in vehicles}

    async def stored(
        self, conn: Conn, windows: Sequence[Window]
    ) -> Mapping[VehicleId, Sequence[Stored]]:
        """What is kept."""
        return await store.stored(conn, windows)

    async def write(
        self, conn: Conn, differences: Sequence[tuple[VehicleId, Difference[Event]]], now: int
    ) -> None:
        """Write what differs."""
        await store.write(conn, differences)


def _event(row: list[int], context: Capacity, *, settled: int, goes_on: bool = False) -> Event:
    kind = _KINDS[row[layout.R.kind]]
    levels = [x if x >= 0 else None for x in row[layout.R.before : layout.R.amount]]
    amount: int | None = row[layout.R.amount]
    error: int | None = row[layout.R.error] if row[layout.R.error] >= 0 else None
    if kind == "charge":
        wh = context.battery_wh
        amount = row[layout.R.amount] * wh // 1000 if wh else None
        error = None
    place = (row[layout.R.lon], row[layout.R.lat]) if row[layout.R.placed] else (None, None)
    upto = row[layout.R.ended]
    sure = row[layout.R.confidence]
    return Event(
        key=ELECTRICITY if kind == "charge" else FUEL,
        kind=kind,
        started=row[layout.R.started],
        ended=None if goes_on else upto,
        last=upto,
        settled=settled,
        before=levels[0],
        after=levels[1],
        amount=amount,
        error=error,
        confidence=sure if settled or kind == "charge" else min(sure, UNSETTLED),
        readings=row[layout.R.readings],
        lon=place[0],
        lat=place[1],
    )


STREAM: Final = EnergyStream()
