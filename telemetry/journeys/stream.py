"""Journeys as a stream: the first, which tells the others where the vehicle was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import VehicleId
from telemetry.journeys.fold import Folded, fold
from telemetry.journeys.model import DEFAULT_RULES, Driven, Rules, State
from telemetry.journeys.outlook import Outlook, outlook
from telemetry.streams import (
    Difference,
    Fixes,
    Json,
    Memory,
    Piece,
    Span,
    Stored,
    Timeline,
    Window,
    from_us,
    read_stored,
    write_rows,
)

SQL = statements(__file__)


@dataclass(frozen=True, slots=True)
class JourneyStream:
    """What a vehicle drove. One key: it drives one journey at a time."""

    rules: Rules = DEFAULT_RULES
    name: str = "journeys"
    consumers: tuple[str, ...] = ("trips",)

    def version(self) -> int:
        """Of the fold and every threshold."""
        return self.rules.version()

    def empty(self) -> State:
        """Never heard."""
        return State()

    def encode(self, state: State) -> Json:
        """As whole numbers."""
        return state.encode()

    def decode(self, values: Json) -> State:
        """What encode turned into values."""
        return State.decode(values)

    def lead(self, state: State, fixes: Fixes) -> Folded:
        """The fold itself, with what the other streams see of it."""
        return fold(state, fixes, self.rules)

    def fold(self, state: State, piece: Piece, _context: None) -> tuple[State, list[Driven]]:
        """The fold, for those who want no more of it."""
        done = self.lead(state, piece.fixes)
        return done.state, done.ended

    def under_way(
        self, state: State, as_of: int, excused: int, _context: None
    ) -> tuple[list[Driven], int | None]:
        """The journey that is open, or that silence has ended."""
        out = self.outlook(state, as_of, excused)
        return [out.journey] if out.journey else [], out.wake

    def outlook(self, state: State, as_of: int, excused: int) -> Outlook:
        """That, and the motion shown on the map."""
        return outlook(state, as_of, self.rules, excused)

    def pending(self, state: State, at: int) -> Mapping[int, int]:
        """From the journey that may be open."""
        del at
        return {0: state.open[0]} if state.open else {}

    async def contexts(
        self, _conn: Conn, vehicles: Sequence[VehicleId], _memory: Memory
    ) -> Mapping[VehicleId, Timeline[None]]:
        """Fixes are all there is to know."""
        return dict.fromkeys(vehicles, ((0, None),))

    async def stored(
        self, conn: Conn, windows: Sequence[Window]
    ) -> Mapping[VehicleId, Sequence[Stored]]:
        """Journeys that begin in the windows."""
        return await read_stored(conn, SQL["stored"], windows)

    async def write(
        self, conn: Conn, differences: Sequence[tuple[VehicleId, Difference[Driven]]], _now: int
    ) -> None:
        """The uniqueness of starts is checked at commit."""
        gone = [s.id for _, d in differences for s in d.delete]
        change = [(s.id, *_row(n)) for _, d in differences for s, n in d.change]
        new = [(vehicle_id, *_row(n)) for vehicle_id, d in differences for n in d.insert]
        await write_rows(conn, SQL, gone, change, new)


STREAM = JourneyStream()


def _row(span: Span[Driven]) -> tuple[object, ...]:
    d = span.fact
    ended = None if d.ended is None else from_us(d.ended)
    ends = (d.start_lon, d.start_lat, d.end_lon, d.end_lat)
    counts = (d.driving_s, d.max_dkmh, d.fixes, d.flagged, d.conflicts, span.version)
    return (from_us(d.started), ended, from_us(d.last), *ends, d.gps_m, d.odometer_m, *counts)
