"""One vehicle folded in one transaction, by the marks protocol.

READ COMMITTED, and the order is what makes it right: the lock, the marks, then bindings, contexts
and checkpoints, then fixes, each in a later snapshot that sees more, never less; at last exactly
the marks that were read are deleted. A fix that commits after the marks were read brings a mark
that stays; a fix whose mark was read is there to be read.
"""

from dataclasses import dataclass, field
from datetime import datetime

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import VehicleId
from telemetry.journeys import Outlook
from telemetry.streams import Memory, from_us, to_us
from telemetry.understand import facts, store
from telemetry.understand.facts import Now
from telemetry.understand.refold import Source, refold
from telemetry.understand.state import Facts
from telemetry.understand.store import SQL, Marks
from telemetry.understand.streams import ALL, Streams


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one fold did; read counts fixes."""

    read: int
    changed: bool


@dataclass(frozen=True, slots=True)
class Folder:
    """What is folded, and what a worker remembers between folds."""

    streams: Streams = ALL
    memory: Memory = field(default_factory=dict)

    async def fold(self, conn: Conn, vehicle_id: VehicleId, as_of: datetime) -> Outcome | None:
        """Fold what is marked, or what silence changed by as_of (product time); one transaction.

        Returns:
            None where another worker has the vehicle.
        """
        async with conn.transaction(isolation="read_committed"):
            if not await store.lock(conn, vehicle_id):
                return None
            marks = await store.marks(conn, vehicle_id)
            source = await store.from_database(conn, vehicle_id)
            return await self.fold_marked(conn, vehicle_id, marks, source, Now(to_us(as_of)))

    async def fold_marked(
        self, conn: Conn, vehicle_id: VehicleId, marks: Marks, source: Source, now: Now
    ) -> Outcome:
        """Fold from before the marks on, write the difference, delete those marks."""
        streams = self.streams
        contexts = await store.contexts(conn, vehicle_id, streams, self.memory)
        start, held = await store.checkpoints(conn, vehicle_id, marks.lo, streams)
        done = await refold(start, marks.hi, held, source, contexts, streams)
        pending: Facts = tuple([] for _ in streams.all)
        if not done.met:
            pending, wake = facts.under_way(done, contexts, now, streams)
            out = streams.journeys.outlook(done.state.journeys, now.at, now.excused)
            await _write_outlook(conn, vehicle_id, out, wake, now.at)
        at_head = start.at > 0 and not held
        told = await facts.write(
            conn, vehicle_id, done, pending, now, at_head=at_head, streams=streams
        )
        await store.write_checkpoints(conn, vehicle_id, done, held, streams)
        for consumer, (lo, hi) in told.items():
            seen = from_us(max(lo, min(hi, now.at)))
            await conn.execute(SQL["tell"], consumer, vehicle_id, from_us(lo), seen)
        await conn.execute(SQL["delete_marks"], marks.ids, vehicle_id)
        return Outcome(done.read, bool(told))


async def _write_outlook(
    conn: Conn, vehicle_id: VehicleId, out: Outlook, wake: int | None, as_of: int
) -> None:
    rings = None if wake is None else from_us(wake)
    since, now = from_us(out.since), from_us(as_of)
    await conn.execute(SQL["set_outlook"], vehicle_id, out.motion, since, now, rings)
