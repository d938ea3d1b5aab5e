"""Raw fixes before the horizon are gone, and what was understood of that time stays as it is.

A fold that would begin earlier begins at the horizon, knowing nothing. So it neither sees nor
changes facts that began before; what it finds of one of them beyond the horizon is left out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import VehicleId
from telemetry.streams import AnyStream, Fact, Stored, Window, to_us
from telemetry.understand.refold import Known, Start
from telemetry.understand.state import empty
from telemetry.understand.streams import Streams

Straddling = Mapping[VehicleId, Sequence[Stored]]


def floored(
    start: Start, held: Sequence[Known], gone_before: datetime | None, streams: Streams
) -> Start:
    """Where to begin instead.

    A head may be older than the horizon: nothing came after it, so nothing of it is gone.

    Args:
        start: where the fold would begin.
        held: checkpoints after it.
        gone_before: the horizon; None: nothing is gone.
        streams: whose states are empty.
    """
    if gone_before is None or start.at >= to_us(gone_before) or (start.at and not held):
        return start
    return Start(to_us(gone_before), empty(streams))


def begins_at_horizon(start: Start, streams: Streams) -> bool:
    """Whether it was floored: nowhere else is a late state empty."""
    return start.at > 0 and start.state.seen == 0


async def straddling(
    conn: Conn, stream: AnyStream, starts: Mapping[VehicleId, int]
) -> dict[VehicleId, list[Stored]]:
    """Stored facts that began before a start and went on after it, or are still open."""
    if not starts:
        return {}
    rows = await stream.stored(conn, [Window(v, 0, at) for v, at in starts.items()])
    return {v: [s for s in found if s.hi > starts[v] or s.is_open] for v, found in rows.items()}


def without_rests(facts: Sequence[Fact], kept: Sequence[Stored]) -> list[Fact]:
    """Facts that are not the rest of one that is kept."""
    ended = [s for s in kept if not s.is_open]
    return [f for f in facts if not any(s.key == f.key and f.started < s.hi for s in ended)]
