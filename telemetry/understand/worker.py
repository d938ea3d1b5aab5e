"""Vehicles folded in one transaction, by the marks protocol.

READ COMMITTED, and the order is what makes it right: the lock, the marks, then bindings, contexts
and checkpoints, then fixes, each in a later snapshot that sees more, never less; at last exactly
the marks that were read are deleted. A fix that commits after the marks were read brings a mark
that stays; a fix whose mark was read is there to be read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import VehicleId
from telemetry import positions
from telemetry.streams import Memory, to_us
from telemetry.understand import store
from telemetry.understand.facts import Fold, Now, look
from telemetry.understand.horizon import floored
from telemetry.understand.refold import Source, Start, go_on, refold
from telemetry.understand.store import Marks
from telemetry.understand.streams import ALL, Streams
from telemetry.understand.write import write

MUCH = 200
"""A vehicle of which as many fixes wait is folded on its own, page by page."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a fold did; read counts fixes."""

    read: int
    changed: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """What a transaction over several vehicles did, and whom it left to be folded one by one."""

    done: dict[VehicleId, Outcome]
    left: list[VehicleId]


@dataclass(frozen=True, slots=True)
class Folder:
    """What is folded, and what a worker remembers between folds."""

    streams: Streams = ALL
    memory: Memory = field(default_factory=dict)

    async def fold(self, conn: Conn, vehicle_id: VehicleId, now: Now) -> Outcome | None:
        """Fold what is marked, or what silence changed by now; one transaction.

        Returns:
            None where another worker has the vehicle.
        """
        async with conn.transaction(isolation="read_committed"):
            if not await store.lock(conn, [vehicle_id]):
                return None
            marks = await store.marks(conn, [vehicle_id])
            source = await store.from_database(conn, vehicle_id)
            return await self.fold_marked(conn, vehicle_id, marks[vehicle_id], source, now)

    async def fold_marked(
        self, conn: Conn, vehicle_id: VehicleId, marks: Marks, source: Source, now: Now
    ) -> Outcome:
        """Fold from before the marks on, write the difference, delete those marks."""
        streams = self.streams
        contexts = await store.contexts(conn, [vehicle_id], streams, self.memory)
        start, held = await store.checkpoints(conn, vehicle_id, marks.lo, streams)
        gone = await positions.horizon(conn)
        if gone and held and held[-1].at < to_us(gone):  # of all that it knows nothing is left
            start, held = await store.checkpoints(conn, vehicle_id, held[-1].at, streams)
        start = floored(start, held, gone, streams)
        done = await refold(start, marks.hi, held, source, contexts[vehicle_id], streams)
        fold = Fold(vehicle_id, marks, done, held)
        changed = await write(conn, [look(fold, contexts[vehicle_id], now, streams)], now, streams)
        return Outcome(done.read, bool(changed))

    async def fold_together(self, conn: Conn, vehicles: Sequence[VehicleId], now: Now) -> Batch:
        """Fold those of which nothing changed before their head; one transaction.

        That is what comes in order: a few statements and a few fixes for each of hundreds. What
        is late, much, of another fold version, or without a head since fixes are gone, is left.
        """
        async with conn.transaction(isolation="read_committed"):
            ours = await store.lock(conn, vehicles)
            marks = await store.marks(conn, ours)
            heads = await store.heads(conn, ours, self.streams)
            gone = await positions.horizon(conn)
            # without a head it may have a history all the same, of fixes that are gone
            simple = {
                v: heads[v]
                for v in ours
                if v in heads and heads[v][0].at <= marks[v].lo and (gone is None or heads[v][0].at)
            }
            folds = await self._fold_on(conn, simple, marks, now) if simple else []
            changed = await write(conn, folds, now, self.streams) if folds else set()
        done = {f.vehicle_id: Outcome(f.done.read, f.vehicle_id in changed) for f in folds}
        return Batch(done, [v for v in ours if v not in done])

    async def _fold_on(
        self,
        conn: Conn,
        heads: Mapping[VehicleId, tuple[Start, bytes]],
        marks: Mapping[VehicleId, Marks],
        now: Now,
    ) -> list[Fold]:
        contexts = await store.contexts(conn, list(heads), self.streams, self.memory)
        since = [(v, start.at) for v, (start, _) in heads.items()]
        folds = []
        for v, heard in (await store.heard_after(conn, since, MUCH)).items():
            start, digest = heads[v]
            done = go_on(start, heard, contexts[v], self.streams)
            fold = Fold(v, marks[v], done, (), digest)
            folds.append(look(fold, contexts[v], now, self.streams))
        return folds
