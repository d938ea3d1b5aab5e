"""Many fixes at once: the rows that packed.pack makes, as columns and as one binary COPY.

`packed` says what a row is; a test compares. Here is how thousands of them are made without
touching each field of each fix in Python.
"""

import hashlib
import importlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from telemetry.positions.packed import COLUMNS, EPOCH, LONGEST_DS, NO_INT1, NO_INT2, NO_INT4
from telemetry.wire import Fix

MICROSECOND = timedelta(microseconds=1)
POSTGRES_EPOCH_US = 946_684_800_000_000
"""2000-01-01T00:00:00Z, where PostgreSQL counts from."""

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
# A row of PostgreSQL's binary COPY: how many fields, then each after its length.
COPIED = np.dtype(
    [("fields", ">i2")]
    + [part for name in COLUMNS for part in ((f"{name}:length", ">i4"), (name, f">i{WIDTH[name]}"))]
)
OFFSET = {name: place[1] for name, place in (COPIED.fields or {}).items()}
COPY_BEGINS = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COPY_ENDS = b"\xff\xff"

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


@dataclass(slots=True)
class Load:
    """Fixes on their way to the database: runs of one device, received at one time."""

    fixes: list[Fix] = field(default_factory=list)
    runs: list[tuple[int, datetime, int]] = field(default_factory=list)

    def add(self, device_id: int, received_at: datetime, fixes: Sequence[Fix]) -> None:
        """Append fixes within the ranges of the wire; received_at is product time."""
        self.fixes += fixes
        self.runs.append((device_id, received_at, len(fixes)))

    def times(self) -> list[datetime]:
        """When, by the devices."""
        return [fix.ts for fix in self.fixes]

    def __len__(self) -> int:
        """How many fixes."""
        return len(self.fixes)


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


def pack_all(load: Load) -> Packed:
    """All fixes of a load as rows, sorted by (device, ts, digest); doubles stand once."""
    counts = [count for _, _, count in load.runs]
    devices = np.repeat(np.array([d for d, _, _ in load.runs], np.int64), counts)
    received = np.repeat(
        np.array([(at - EPOCH) // MICROSECOND for _, at, _ in load.runs], np.int64), counts
    )
    said = _digested(load.fixes)
    digests = _digests(said)
    order = np.lexsort((digests, said["ts"], devices))
    devices, digests, said = devices[order], digests[order], said[order]
    first = np.ones(len(order), bool)
    first[1:] = (
        (devices[1:] != devices[:-1])
        | (said["ts"][1:] != said["ts"][:-1])
        | (digests[1:] != digests[:-1])
    )
    return Packed(devices[first], received[order][first], digests[first], said[first])


def _digested(fixes: Sequence[Fix]) -> NDArray[np.void]:
    said = np.empty(len(fixes), DIGESTED)
    said["ts"] = _microseconds([fix.ts - EPOCH for fix in fixes])
    said["lon"] = np.rint(np.array([fix.lon for fix in fixes], np.float64) * 1e7)
    said["lat"] = np.rint(np.array([fix.lat for fix in fixes], np.float64) * 1e7)
    said["odometer_m"] = _whole([fix.odometer_m for fix in fixes], 1, NO_INT4)
    said["fuel_ml"] = _whole([fix.fuel_ml for fix in fixes], 1, NO_INT4)
    said["seq"] = _whole([fix.seq for fix in fixes], 1, NO_INT4)
    said["speed_dkmh"] = _whole([fix.speed_kmh for fix in fixes], 10, NO_INT2)
    heading = _whole([fix.heading for fix in fixes], 1, NO_INT2)
    heading[heading == 360] = 0
    said["heading"] = heading
    said["altitude_m"] = _whole([fix.altitude_m for fix in fixes], 1, NO_INT2)
    said["accuracy_dm"] = _whole([fix.accuracy_m for fix in fixes], 10, NO_INT2)
    said["soc_permille"] = _whole([fix.soc_pct for fix in fixes], 10, NO_INT2)
    said["satellites"] = _whole([fix.satellites for fix in fixes], 1, NO_INT2)
    said["reported_flags"] = [fix.flags for fix in fixes]
    said["ignition"] = _whole([fix.ignition for fix in fixes], 1, NO_INT1)
    return said


def _microseconds(since: Sequence[timedelta]) -> Ints:
    """Exact, which a division of each in Python is too, but four times slower."""
    days = np.array([each.days for each in since], np.int64)
    seconds = np.array([each.seconds for each in since], np.int64)
    rest = np.array([each.microseconds for each in since], np.int64)
    return (days * 86_400 + seconds) * 1_000_000 + rest


def _whole(column: Sequence[float | None], factor: int, nothing: int) -> NDArray[np.float64]:
    """Rounded half to even, as Python rounds; None becomes the NULL of that width."""
    values = np.rint(np.array(column, np.float64) * factor)
    values[np.isnan(values)] = nothing
    return values


def _digests(said: NDArray[np.void]) -> Ints:
    hashed = b"".join([SHA256(row).digest() for row in said.view(WHOLE).tolist()])
    return np.frombuffer(hashed, ">i8")[::4].astype(np.int64)


def binary_copy(rows: Packed) -> bytes:
    """The rows as PostgreSQL's binary COPY of packed.COLUMNS.

    Every field is laid out, and the bytes of those that are NULL are taken out again.
    """
    out = np.empty(len(rows), COPIED)
    out["fields"] = len(COLUMNS)
    for name in COLUMNS:
        out[f"{name}:length"] = WIDTH[name]
    out["delay_ds"] = rows.delay_ds
    out["digest"] = rows.digest
    out["device_id"] = rows.device_id
    kept = np.ones((len(rows), COPIED.itemsize), bool)
    for name in DIGESTED.names or ():
        out[name] = rows.digested[name]
        if name not in ("ts", "lon", "lat", "reported_flags"):
            _leave_out(out, kept, name)
    out["ts"] -= POSTGRES_EPOCH_US
    flat = out.view(np.uint8).reshape(kept.shape)
    return b"".join((COPY_BEGINS, flat[kept].tobytes(), COPY_ENDS))


def _leave_out(out: NDArray[np.void], kept: NDArray[np.bool_], name: str) -> None:
    missing = out[name] == NOTHING[WIDTH[name]]
    if missing.any():
        out[f"{name}:length"][missing] = -1
        begin = OFFSET[name]
        kept[missing, begin : begin + WIDTH[name]] = False


def spans(rows: Packed) -> tuple[Ints, Ints, Ints]:
    """The devices, in order, and the first and the last time of each."""
    ts = rows.ts_us
    begins = _first_of_each(rows.device_id)
    ends = np.append(begins, len(ts))[1:]
    return rows.device_id[begins], ts[begins], ts[ends - 1]


def markers(rows: Packed) -> Packed:
    """Of each device the row that its marker on the map would stand on; 0/0 never is one.

    By the times that are kept, as accept_staged chooses: the same whichever way fixes come in.
    """
    there = (rows.digested["lon"] != 0) | (rows.digested["lat"] != 0)
    received = rows.ts_us + rows.delay_ds * 100_000
    at = np.minimum(rows.ts_us, received)
    order = np.lexsort((rows.digest, ~rows.ts_us, ~at, rows.device_id))
    order = order[there[order]]
    chosen = order[_first_of_each(rows.device_id[order])]
    return Packed(
        rows.device_id[chosen], received[chosen], rows.digest[chosen], rows.digested[chosen]
    )


def _first_of_each(sorted_ids: Ints) -> NDArray[np.intp]:
    return np.flatnonzero(np.append(True, sorted_ids[1:] != sorted_ids[:-1])[: len(sorted_ids)])


def values(rows: Packed, name: str) -> list[Any]:
    """A column of what the device decided, as Python values; NULL is None."""
    nothing = NOTHING.get(WIDTH[name])
    return [None if value == nothing else value for value in rows.digested[name].tolist()]
