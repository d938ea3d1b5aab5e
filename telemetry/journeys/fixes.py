"""The fixes of a vehicle: of each terminal, for as long as it was bound to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import DeviceId, VehicleId
from telemetry.streams import POSTGRES_EPOCH_US, Fixes, Integers, from_us, to_us

SQL = statements(__file__)
_HEADER_BYTES = 19
_LONG, _INT, _SHORT = ">i8", ">i4", ">i2"
_TYPES: Final = (
    *(("ts", _LONG), ("digest", _LONG), ("lon", _INT), ("lat", _INT), ("odometer", _INT)),
    *(("speed", _SHORT), ("accuracy", _SHORT), ("ignition", _INT), ("fuel_ml", _INT)),
    *(("soc_permille", _SHORT), ("reported_flags", _SHORT)),
)
_COLUMNS: Final = np.dtype(list(_TYPES))
_ROW: Final = np.dtype(
    [
        ("count", _SHORT),
        *(column for name, kind in _TYPES for column in ((f"{name}_bytes", _INT), (name, kind))),
    ]
)
"""A row of a binary COPY: how many columns, and before each the number of its bytes."""
Rows: TypeAlias = np.ndarray[tuple[int], np.dtype[np.void]]
_FEW = 50
_PAGE = 50_000


@dataclass(frozen=True, slots=True)
class Bound:
    """A terminal on the vehicle over [lo, hi), microseconds."""

    device_id: DeviceId
    lo: int
    hi: int


async def bound_to(conn: Conn, vehicle_id: VehicleId) -> list[Bound]:
    """The terminals of a vehicle over time, oldest first; they never overlap."""
    rows = await conn.fetch(SQL["bound"], vehicle_id)
    return [Bound(r["device_id"], to_us(r["lo"]), to_us(r["hi"])) for r in rows]


async def read(
    conn: Conn, bound: Sequence[Bound], lo: int, hi: int, at_most: int = _PAGE
) -> tuple[Fixes, int]:
    """Fixes of a vehicle in [lo, hi), microseconds, in event order, one a (device, ts).

    At one (device, ts) the least digest stands for all; the others are counted as conflicts.

    Returns:
        About at_most fixes, and the time from which to read on: hi when there are no more.
    """
    parts: list[Fixes] = []
    left = at_most
    for one in bound:
        since, until = max(lo, one.lo), min(hi, one.hi)
        if since >= until:
            continue
        part, rows = await _read(conn, one.device_id, since, until, left)
        if rows:
            parts.append(part)
        left -= rows
        if left <= 0:
            return Fixes.join(parts), int(part.t[-1]) + 1
    return Fixes.join(parts), hi


async def _read(
    conn: Conn, device_id: DeviceId, lo: int, hi: int, at_most: int
) -> tuple[Fixes, int]:
    few = await conn.fetch(SQL["fixes"], device_id, from_us(lo), from_us(hi), _FEW)
    if len(few) < _FEW:
        packed = [(to_us(r["ts"]) - POSTGRES_EPOCH_US, *tuple(r)[1:]) for r in few]
        return _one_a_time(device_id, np.array(packed, _COLUMNS)), len(few)
    rows = await _copy(conn, device_id, lo, hi, at_most)
    return _one_a_time(device_id, rows), len(rows)


async def _copy(conn: Conn, device_id: DeviceId, lo: int, hi: int, at_most: int) -> Rows:
    """Many rows: as they are on the wire, without a Python object each."""
    raw = bytearray()

    async def take(data: bytes) -> None:
        raw.extend(data)

    await conn.copy_from_query(
        SQL["fixes"].rstrip(";"),
        device_id,
        from_us(lo),
        from_us(hi),
        at_most,
        output=take,
        format="binary",
    )
    count = (len(raw) - _HEADER_BYTES) // _ROW.itemsize
    return np.frombuffer(raw, _ROW, offset=_HEADER_BYTES, count=count)


async def read_after(
    conn: Conn, heads: Sequence[tuple[VehicleId, int]], at_most: int
) -> dict[VehicleId, Fixes | None]:
    """Fixes of several vehicles, each from a time on (microseconds), with one statement.

    Returns:
        None for a vehicle with at_most rows or more: it may have others.
    """
    since = [from_us(at) for _, at in heads]
    rows = await conn.fetch(SQL["fixes_after"], [v for v, _ in heads], since, at_most)
    if not rows:
        return {}
    table = np.array([(v, d, to_us(ts), *rest) for v, d, ts, *rest in rows], np.int64)
    table = table[np.lexsort((table[:, 3], table[:, 2], table[:, 0]))]
    first, variants = _distinct(table[:, 0], table[:, 2])
    vehicle, device, t, _, lon, lat, odometer, speed, accuracy, ignition, *rest = (
        np.ascontiguousarray(table[first].T)
    )
    whole = Fixes(t, lon, lat, speed, accuracy, odometer, ignition, device, variants, *rest)
    edges = [0, *(np.flatnonzero(np.diff(vehicle)) + 1).tolist(), len(vehicle)]
    found: dict[VehicleId, Fixes | None] = {}
    for lo, hi in pairwise(edges):
        rows_read = hi - lo + int(variants[lo:hi].sum())
        found[VehicleId(int(vehicle[lo]))] = whole.part(lo, hi) if rows_read < at_most else None
    return found


def _distinct(*columns: Integers) -> tuple[NDArray[np.bool_], Integers]:
    """Of sorted rows: which differ from the one before, and how many more follow that do not."""
    first = np.ones(len(columns[0]), bool)
    first[1:] = np.logical_or.reduce([c[1:] != c[:-1] for c in columns])
    starts = np.flatnonzero(first)
    return first, np.diff(np.append(starts, len(first))) - 1


def _one_a_time(device_id: DeviceId, rows: Rows) -> Fixes:
    rows = rows[np.lexsort((rows["digest"], rows["ts"]))]
    first, variants = _distinct(rows["ts"])
    kept = rows[first]

    def column(name: str) -> Integers:
        return kept[name].astype(np.int64)

    return Fixes(
        t=column("ts") + POSTGRES_EPOCH_US,
        lon=column("lon"),
        lat=column("lat"),
        speed=column("speed"),
        accuracy=column("accuracy"),
        odometer=column("odometer"),
        ignition=column("ignition"),
        device=np.full(len(kept), device_id, np.int64),
        conflicts=variants,
        fuel_ml=column("fuel_ml"),
        soc_permille=column("soc_permille"),
        reported_flags=column("reported_flags"),
    )
