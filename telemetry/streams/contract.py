"""What a stream of facts is: how a vehicle's fixes are folded, and how its facts are kept.

docs/understanding.md, "Adding a stream", says it with an example.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol, TypeAlias, TypeVar

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import VehicleId
from telemetry.streams.difference import Difference, Fact, Stored
from telemetry.streams.fixes import Fixes
from telemetry.streams.metres import Integers
from telemetry.streams.signals import Signals

S = TypeVar("S")
F = TypeVar("F", bound=Fact)
C = TypeVar("C")

Json: TypeAlias = "list[int | Json]"
"""A state as whole numbers, in lists of lists."""
Timeline: TypeAlias = tuple[tuple[int, C], ...]
"""What holds from a time on, microseconds, until the next; the first from 0 on."""
Memory: TypeAlias = dict[str, object]
"""What a worker keeps between folds, by names that begin with the stream's: for what is costly to
load. Whoever keeps something here checks in each transaction, by a version in the database, that
it still holds."""


class Phase(IntEnum):
    """Where a journey is, just after a fix."""

    AT_REST = 0  # or not yet known to have left
    DRIVING = 1
    HALTED = 2  # standing inside a journey: traffic, or the stop that will end it


@dataclass(frozen=True, slots=True)
class Piece:
    """Fixes and signals of a stretch of time, younger than all that was folded before.

    A cut lies between two times, never inside one: what carries one time comes in one piece.

    flags: journeys.Flag bits of each fix; what is UNUSABLE is no position.
    moved_mm: what a fix added to the distance of a journey, by positions.
    driven_m: since the terminal's last reading of its odometer; -1 where that is not known.
    phase: Phase.
    """

    fixes: Fixes
    flags: Integers
    moved_mm: Integers
    driven_m: Integers
    phase: Integers
    signals: Signals

    def part(self, lo: int, hi: int, signals: Signals) -> "Piece":
        """Fixes lo..hi-1 by index, with those signals."""
        return Piece(
            self.fixes.part(lo, hi),
            self.flags[lo:hi],
            self.moved_mm[lo:hi],
            self.driven_m[lo:hi],
            self.phase[lo:hi],
            signals,
        )


@dataclass(frozen=True, slots=True)
class Window:
    """Facts of a vehicle that begin in [lo, hi), microseconds."""

    vehicle_id: VehicleId
    lo: int
    hi: int


class Stream(Protocol[S, F, C]):
    """Facts of one kind. Times are microseconds since 1970 UTC; whole numbers only.

    name: of the state in checkpoints; lower case, never changed.
    consumers: the rooms that are told by fact_change rows when facts differ.
    """

    @property
    def name(self) -> str:
        """See above."""

    @property
    def consumers(self) -> tuple[str, ...]:
        """See above."""

    def version(self) -> int:
        """31 bits over the code and all thresholds that are not context."""

    def empty(self) -> S:
        """The state before the first fix."""

    def encode(self, state: S) -> Json:
        """As whole numbers. States with equal futures must come out equal: forget what is over."""

    def decode(self, values: Json) -> S:
        """The state that encode turned into values."""

    def fold(self, state: S, piece: Piece, context: C) -> tuple[S, list[F]]:
        """Advance over a piece, all of it in one context.

        Two pieces one after the other give what both as one give.

        Returns:
            The state, and the facts that ended and are settled for good.
        """

    def under_way(
        self, state: S, as_of: int, excused: int, context: C
    ) -> tuple[list[F], int | None]:
        """What the state means at a product time, if nothing more is heard.

        Args:
            state: after all fixes; silence never changes it.
            as_of: product time, up to which silence is known to be the vehicle's.
            excused: silence before this time was ours: it counts from the later of this and the
                last thing heard. 0: never deaf.
            context: in force at as_of.

        Returns:
            Facts that are open, or that silence alone has ended; and the first later as_of at
            which these differ by silence alone, None for never.
        """

    def pending(self, state: S, at: int) -> Mapping[int, int]:
        """From when on facts may still differ: a time for each key.

        No fact of a key that ends after this state can begin before its time; of a key that is
        not here, before `at`, the state's own time.
        """

    async def contexts(
        self, conn: Conn, vehicles: Sequence[VehicleId], memory: Memory
    ) -> Mapping[VehicleId, Timeline[C]]:
        """What the folds of these vehicles need to know beside fixes, from the beginning on.

        Read with one statement or two, whatever the number of vehicles. Whoever changes what is
        read here writes vehicle marks in the same transaction.
        """

    async def stored(
        self, conn: Conn, windows: Sequence[Window]
    ) -> Mapping[VehicleId, Sequence[Stored]]:
        """The facts that begin in the windows, one statement for all vehicles."""

    async def write(
        self, conn: Conn, differences: Sequence[tuple[VehicleId, Difference[F]]], now: int
    ) -> None:
        """Write the differences of several vehicles, with one statement of each kind.

        Args:
            conn: in the fold's transaction.
            differences: none is empty.
            now: product time.
        """


AnyStream: TypeAlias = Stream[Any, Any, Any]
"""Of which only the stream itself knows the types."""
