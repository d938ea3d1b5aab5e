"""What folds change, written for several vehicles with one statement of each kind."""

from collections.abc import Iterable, Sequence

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import VehicleId
from telemetry.streams import from_us
from telemetry.understand import facts
from telemetry.understand.facts import Fold, Now, Told
from telemetry.understand.refold import Checkpoint, Known
from telemetry.understand.store import SQL
from telemetry.understand.streams import Streams


async def write(conn: Conn, folds: Sequence[Fold], now: Now, streams: Streams) -> set[VehicleId]:
    """Facts, motions and timers, checkpoints, what consumers are told; and the marks are gone.

    Returns:
        The vehicles of which something is said differently now.
    """
    told = await facts.write(conn, folds, now, streams)
    await _write_outlooks(conn, folds, now)
    await _write_checkpoints(conn, folds, streams)
    await _tell(conn, told, now)
    ids = [i for fold in folds for i in fold.marks.ids]
    await conn.execute(SQL["delete_marks"], ids, [fold.vehicle_id for fold in folds])
    return {vehicle_id for _, vehicle_id in told}


async def _write_outlooks(conn: Conn, folds: Sequence[Fold], now: Now) -> None:
    motions = [
        (f.vehicle_id, f.out.motion, from_us(f.out.since)) for f in folds if f.out is not None
    ]
    if not motions:
        return
    await conn.execute(SQL["set_motions"], *_columns(motions))
    wakes = [
        (f.vehicle_id, None if f.wake is None else from_us(f.wake))
        for f in folds
        if f.out is not None
    ]
    await conn.execute(SQL["set_wakes"], from_us(now.silent), *_columns(wakes))


async def _write_checkpoints(conn: Conn, folds: Sequence[Fold], streams: Streams) -> None:
    """Replace what was known on the way by what was found, as far as it differs."""
    gone, headless, new, heads = [], [], [], []
    for fold in folds:
        v, head = fold.vehicle_id, fold.done.head
        kept, removed = _changed(fold)
        gone += [(v, from_us(k.at), k.kind) for k in removed]
        new += [(v, from_us(c.at), c.kind, c.digest, c.state) for c in kept]
        if head and head.digest != fold.head:
            heads.append((v, from_us(head.at), head.digest, head.state))
        elif not head and not fold.done.met:
            headless.append(v)
    if gone:
        await conn.execute(SQL["delete_checkpoints"], *_columns(gone))
    if new:
        await conn.execute(SQL["insert_checkpoints"], streams.version, *_columns(new))
    if heads:
        await conn.execute(SQL["move_heads"], streams.version, *_columns(heads))
    if headless:
        await conn.execute(SQL["delete_heads"], headless)


def _changed(fold: Fold) -> tuple[list[Checkpoint], list[Known]]:
    """Checkpoints to insert and to delete; the head is not one of them."""
    done = fold.done
    found = [c for c in done.checkpoints if c.at > done.start.at]
    same = {(c.at, c.kind, c.digest) for c in found}
    passed = [k for k in fold.held if k.kind != "head" and k.at <= done.end]
    there = {(k.at, k.kind, k.digest) for k in passed}
    return (
        [c for c in found if (c.at, c.kind, c.digest) not in there],
        [k for k in passed if (k.at, k.kind, k.digest) not in same],
    )


async def _tell(conn: Conn, told: Told, now: Now) -> None:
    rows = [
        (consumer, vehicle_id, from_us(lo), from_us(max(lo, min(hi, now.at))))
        for (consumer, vehicle_id), (lo, hi) in told.items()
    ]
    if rows:
        await conn.execute(SQL["tell"], *_columns(rows))


def _columns(rows: Iterable[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return list(zip(*rows, strict=True))
