"""Packed rows as PostgreSQL's binary COPY."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from telemetry.positions.bulk import NOTHING, WIDTH, Ints, Packed, first_of_each
from telemetry.positions.packed import COLUMNS

POSTGRES_EPOCH_US = 946_684_800_000_000
"""2000-01-01T00:00:00Z, where PostgreSQL counts from."""
OURS = ("delay_ds", "digest", "device_id")
NULLABLE = [name for name in WIDTH if name not in (*OURS, "ts", "lon", "lat", "reported_flags")]
MOST_RUNS = 100
COPY_BEGINS = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COPY_ENDS = b"\xff\xff"


def binary_copy(rows: Packed) -> bytes:
    """The rows as PostgreSQL's binary COPY of packed.COLUMNS.

    Of rows that have the same fields in turn, what is NULL is never laid out. Where that changes
    too often, all of it is, and the bytes of NULLs are taken out again.
    """
    missing = _missing(rows)
    begins = first_of_each(missing).tolist()
    if len(begins) > MOST_RUNS:
        parts = [_squeezed(rows)]
    else:
        ends = [*begins[1:], len(rows)][: len(begins)]
        parts = [
            _laid_out(rows, lo, hi, int(missing[lo])).tobytes()
            for lo, hi in zip(begins, ends, strict=True)
        ]
    return b"".join((COPY_BEGINS, *parts, COPY_ENDS))


def _missing(rows: Packed) -> Ints:
    """Which fields of each row are NULL, a bit each."""
    missing = np.zeros(len(rows), np.int64)
    for bit, name in enumerate(NULLABLE):
        missing |= (rows.digested[name] == NOTHING[WIDTH[name]]).astype(np.int64) << bit
    return missing


def _laid_out(rows: Packed, begin: int, end: int, missing: int) -> NDArray[np.void]:
    out = np.empty(end - begin, _copied(missing))
    out["fields"] = len(COLUMNS)
    some = slice(begin, end)
    for name in COLUMNS:
        if name not in (out.dtype.fields or {}):
            out[f"{name}:length"] = -1
            continue
        out[f"{name}:length"] = WIDTH[name]
        if name in OURS:
            out[name] = getattr(rows, name)[some]
        else:
            out[name] = rows.digested[name][some]
    out["ts"] -= POSTGRES_EPOCH_US
    return out


@cache
def _copied(missing: int) -> np.dtype[np.void]:
    """A row of PostgreSQL's binary COPY: how many fields, then each after its length."""
    left_out = {name for bit, name in enumerate(NULLABLE) if missing >> bit & 1}
    parts = [("fields", ">i2")]
    for name in COLUMNS:
        parts.append((f"{name}:length", ">i4"))
        if name not in left_out:
            parts.append((name, f">i{WIDTH[name]}"))
    return np.dtype(parts)


def _squeezed(rows: Packed) -> bytes:
    layout = _copied(0)
    places = layout.fields
    assert places is not None
    out = _laid_out(rows, 0, len(rows), 0)
    flat = out.view(np.uint8).reshape(len(rows), layout.itemsize)
    kept = np.ones(flat.shape, bool)
    for name in NULLABLE:
        nothing = out[name] == NOTHING[WIDTH[name]]
        if nothing.any():
            out[f"{name}:length"][nothing] = -1
            begin = places[name][1]
            kept[nothing, begin : begin + WIDTH[name]] = False
    return flat[kept].tobytes()
