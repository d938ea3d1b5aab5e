"""Many fixes at once: the rows that packed.pack makes, as columns.

`packed` says what a row is; a test compares. Here is how thousands of them are made without
touching each field of each fix in Python.
"""

import asyncio
import hashlib
import importlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from telemetry.positions.packed import EPOCH, LONGEST_DS, NO_INT1, NO_INT2, NO_INT4
from telemetry.wire import Columns

MICROSECOND = timedelta(microseconds=1)

# The 43 bytes of packed.LAYOUT.
DIGESTED = np.dtype(
    [
        ("ts", ">i8"),
        *((name, ">i4") for name in ("lon", "lat", "odometer_m", "fuel_ml", "seq")),
        *((name, ">i2") for name in ("speed_dkmh", "heading", "altitude_m", "accuracy_dm")),
        *((name, ">i2") for name in ("soc_permille", "satellites", "reported_flags")),
        ("ignition", ">i1"),
    ]
)
WHOLE = np.dtype((np.void, DIGESTED.itemsize))
NOTHING = {4: NO_INT4, 2: NO_INT2, 1: NO_INT1}
"""NULL by width in bytes, as packed has it."""
WIDTH = {"delay_ds": 4, "digest": 8, "device_id": 4} | {
    name: dtype.itemsize for name, (dtype, *_) in (DIGESTED.fields or {}).items()
}
# Column, field of the wire, and how many of its units are one of the wire's; 0: it is whole.
SPOKEN = (
    ("lon", "lon", 1e7),
    ("lat", "lat", 1e7),
    ("odometer_m", "odometer_m", 0),
    ("fuel_ml", "fuel_ml", 0),
    ("seq", "seq", 0),
    ("speed_dkmh", "speed_kmh", 10),
    ("heading", "heading", 1),
    ("altitude_m", "altitude_m", 1),
    ("accuracy_dm", "accuracy_m", 10),
    ("soc_permille", "soc_pct", 10),
    ("satellites", "satellites", 0),
    ("reported_flags", "flags", 0),
    ("ignition", "ignition", 0),
)

Ints = NDArray[np.int64]


class Hash(Protocol):
    """What hashlib makes."""

    def digest(self) -> bytes:
        """The hash itself."""


def _sha256() -> Callable[[bytes], Hash]:
    """CPython's own SHA-256 where there is one: for 43 bytes OpenSSL's costs twice as much."""
    for name in ("_sha2", "_sha256"):  # from 3.12 on, before it
        with suppress(ImportError):
            found: Callable[[bytes], Hash] = importlib.import_module(name).sha256
            return found
    return hashlib.sha256


SHA256 = _sha256()


@dataclass(frozen=True, slots=True)
class Load:
    """Fixes on their way to the database: what each device said, whose it is, when it came."""

    digested: NDArray[np.void]
    device_id: Ints
    received_us: Ints

    def span(self) -> tuple[datetime, datetime]:
        """From when to when, by the devices; there are some."""
        ts = self.digested["ts"]
        return EPOCH + int(ts.min()) * MICROSECOND, EPOCH + int(ts.max()) * MICROSECOND

    def __len__(self) -> int:
        """How many fixes."""
        return len(self.digested)


@dataclass(frozen=True, slots=True)
class Packed:
    """Rows to be stored, each once, in the order of their key; times in microseconds UTC.

    digested holds the columns that the device decided, NULL as in packed.
    """

    device_id: Ints
    received_us: Ints
    digest: Ints
    digested: NDArray[np.void]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.digest)

    @property
    def ts_us(self) -> Ints:
        """When, by the device."""
        return self.digested["ts"].astype(np.int64)

    @property
    def delay_ds(self) -> Ints:
        """How long each was under way, as it is kept: tenths of a second, rounded down."""
        late_ds = (self.received_us - self.ts_us) // 100_000
        kept: Ints = np.clip(late_ds, -LONGEST_DS, LONGEST_DS)
        return kept


def pack_all(load: Load, digests: Ints | None = None) -> Packed:
    """All fixes of a load as rows, sorted by (device, ts, digest); doubles stand once."""
    said, devices, received = load.digested, load.device_id, load.received_us
    if digests is None:
        digests = digests_of(said)
    ts = said["ts"].astype(np.int64)
    order = np.lexsort((ts, devices))
    devices, ts = devices[order], ts[order]
    again = (devices[1:] == devices[:-1]) & (ts[1:] == ts[:-1])
    if not again.any():
        return Packed(devices, received[order], digests[order], said[order])
    order = order[np.lexsort((digests[order], ts, devices))]
    digests = digests[order]
    first = np.append(True, ~again | (digests[1:] != digests[:-1]))
    order = order[first]
    return Packed(devices[first], received[order], digests[first], said[order])


async def pack_in_turns(load: Load, at_a_time: int) -> Packed:
    """What pack_all makes, with a turn of the event loop after each so many rows."""
    digests = np.empty(len(load), np.int64)
    for k in range(0, len(load), at_a_time):
        await asyncio.sleep(0)
        digests[k : k + at_a_time] = digests_of(load.digested[k : k + at_a_time])
    await asyncio.sleep(0)
    return pack_all(load, digests)


def said(columns: Columns) -> NDArray[np.void]:
    """What devices said as it is stored; that of rows that are not sound means nothing."""
    rows = np.empty(len(columns.of), DIGESTED)
    rows["ts"] = columns.ts_us
    for name, spoken, factor in SPOKEN:
        values = np.rint(columns.said[spoken] * factor) if factor else columns.said[spoken].copy()
        if name == "heading":
            values[values == 360] = 0
        nothing = np.isnan(values)
        if nothing.any():
            values[nothing] = NOTHING[WIDTH[name]]
        rows[name] = values
    return rows


def digests_of(said: NDArray[np.void]) -> Ints:
    """The digest of each row."""
    assert said.dtype == DIGESTED
    hashed = b"".join([SHA256(row).digest() for row in said.view(WHOLE).tolist()])
    return np.frombuffer(hashed, ">i8")[::4].astype(np.int64)


def spans(rows: Packed) -> tuple[Ints, Ints, Ints]:
    """The devices, in order, and the first and the last time of each."""
    ts = rows.ts_us
    begins = first_of_each(rows.device_id)
    ends = np.append(begins, len(ts))[1:]
    return rows.device_id[begins], ts[begins], ts[ends - 1]


def markers(rows: Packed) -> Packed:
    """Of each device the row that its marker on the map would stand on; 0/0 never is one.

    By the times that are kept, as accept_staged chooses: the same whichever way fixes come in.
    """
    there = np.flatnonzero((rows.digested["lon"] != 0) | (rows.digested["lat"] != 0))
    ts = rows.ts_us[there]
    received = ts + rows.delay_ds[there] * 100_000
    at, devices = np.minimum(ts, received), rows.device_id[there]
    begins = first_of_each(devices)
    latest = np.maximum.reduceat(at, begins) if len(begins) else at
    best = np.flatnonzero(at == np.repeat(latest, np.diff(np.append(begins, len(at)))))
    order = best[np.lexsort((rows.digest[there[best]], ~ts[best], devices[best]))]
    order = order[first_of_each(devices[order])]
    chosen = there[order]
    return Packed(
        rows.device_id[chosen], received[order], rows.digest[chosen], rows.digested[chosen]
    )


def first_of_each(sorted_ids: Ints) -> NDArray[np.intp]:
    """Where each run of the same value begins."""
    return np.flatnonzero(np.append(True, sorted_ids[1:] != sorted_ids[:-1])[: len(sorted_ids)])


def values(rows: Packed, name: str) -> list[Any]:
    """A column of what the device decided, as Python values; NULL is None."""
    nothing = NOTHING.get(WIDTH[name])
    return [None if value == nothing else value for value in rows.digested[name].tolist()]
