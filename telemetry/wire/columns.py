"""Fixes as columns, without a Python object for each field of each fix.

msgspec writes Reports, whose numbers are floats, as MessagePack. There a float always takes nine
bytes and a key as many as it is long, so that each field of a row has its place for numpy. Only a
time is shorter where it is a whole second, and longer where it lies before 1970 or after 2514.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from telemetry.wire.quick import FIELDS, NAN, NUMBERS, WHOLE

OFF, ON = 0xC2, 0xC3
# Bytes that a time takes -> how they begin, and what follows.
TIMES: dict[int, tuple[bytes, list[tuple[str, str]]]] = {
    6: (b"\xd6\xff", [("s", ">u4")]),
    10: (b"\xd7\xff", [("ns:s", ">u8")]),
    15: (b"\xc7\x0c\xff", [("ns", ">u4"), ("s", ">i8")]),
}
SECONDS = (1 << 34) - 1
"""Of the 64 bits of ns:s."""
_write_into = msgspec.msgpack.Encoder().encode_into


class Columns(NamedTuple):
    """Fixes by column: microseconds UTC, and floats, NaN where nothing was said.

    of: the message to which each belongs. sound: false where a number that has to be whole is
    not; decode says more.
    """

    ts_us: NDArray[np.int64]
    said: dict[str, NDArray[np.float64]]
    of: NDArray[np.intp]
    sound: NDArray[np.bool_]


def _layout(time: int) -> np.dtype[Any]:
    """Where the fields of a row lie, each after its key, numbers after a byte that says float."""
    mark, parts = TIMES[time]
    at = 1
    places: list[tuple[str, str, int]] = []
    for field in FIELDS:
        at += 1 + len(field.name)
        if field.name == "ts":
            places.append(("ts:is", f"S{len(mark)}", at))
            inside = at + len(mark)
            for name, kind in parts:
                places.append((name, kind, inside))
                inside += np.dtype(kind).itemsize
            at += time
        elif field.name == "ignition":
            places.append(("ignition", "u1", at))
            at += 1
        else:
            places.append((field.name, ">f8", at + 1))
            at += 9
    names, formats, offsets = zip(*places, strict=True)
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": at})


_LAYOUTS = {layout.itemsize: (time, layout) for time in TIMES for layout in (_layout(time),)}
WIDEST = max(_LAYOUTS)


class Gathered:
    """Fixes of many messages on their way to become columns."""

    def __init__(self) -> None:
        self._rows: dict[int, list[memoryview]] = {}
        self._whose: dict[int, list[int]] = {}
        self._counts: dict[int, list[int]] = {}

    def add(self, whose: Sequence[int], said: Sequence[list[Any]]) -> list[int]:
        """Append what each of some messages said, as Reports.

        Returns:
            Of which messages not: a time lies in no year from 1 to 9999 in UTC.
        """
        both = [(n, some) for n, some in zip(whose, said, strict=True) if some]
        if self._add_alike(both):
            return []
        whole = [one for one in both if not one[1][0].ts.microsecond]
        parted = [one for one in both if one[1][0].ts.microsecond]
        left = [one for some in (whole, parted) if not self._add_alike(some) for one in some]
        return [
            n for n, some in left if not self._add_alike([(n, some)]) and not self._split(n, some)
        ]

    def _add_alike(self, messages: Sequence[tuple[int, list[Any]]]) -> bool:
        said = list(chain.from_iterable(some for _, some in messages))
        try:
            return self._put([n for n, _ in messages], [len(some) for _, some in messages], said)
        except OverflowError:
            return False

    def _split(self, whose: int, said: list[Any]) -> bool:
        """A message whose rows differ, or with a time out of bounds."""
        try:
            _write_into(said, bytearray())
        except OverflowError:
            return False
        return all(self._put([whose], [1], [one]) for one in said)

    def _put(self, whose: Sequence[int], counts: Sequence[int], said: list[Any]) -> bool:
        """False: the rows differ in length.

        They do not where each, at the place where it would then lie, begins with a time of the
        same length as the first: nothing else of a row has another length in another row.
        """
        if not said:
            return True
        data, count = bytearray(WIDEST * len(said) + 5), len(said)
        _write_into(said, data)
        head = 1 if count < 16 else 3 if count < 65_536 else 5
        width, rest = divmod(len(data) - head, count)
        if rest or width not in _LAYOUTS:
            return False
        time, layout = _LAYOUTS[width]
        rows = memoryview(data)[head:]
        if not (np.frombuffer(rows, layout)["ts:is"] == TIMES[time][0]).all():
            return False
        self._rows.setdefault(width, []).append(rows)
        self._whose.setdefault(width, []).extend(whose)
        self._counts.setdefault(width, []).extend(counts)
        return True

    def columns(self) -> Columns:
        """All of it; those whose times are equally long come one after the other."""
        parts = [
            _columns(_LAYOUTS[width], rows, np.repeat(self._whose[width], self._counts[width]))
            for width, rows in self._rows.items()
        ]
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return _columns(_LAYOUTS[WIDEST], [], np.zeros(0, np.intp))
        return Columns(
            np.concatenate([part.ts_us for part in parts]),
            {name: np.concatenate([part.said[name] for part in parts]) for name in parts[0].said},
            np.concatenate([part.of for part in parts]),
            np.concatenate([part.sound for part in parts]),
        )


def _columns(
    layout: tuple[int, np.dtype[Any]], parts: Sequence[memoryview], of: NDArray[np.intp]
) -> Columns:
    rows = np.frombuffer(b"".join(parts), layout[1])
    said = {name: rows[name].astype(np.float64) for name in NUMBERS}
    sound = np.ones(len(rows), bool)
    for name in WHOLE:
        sound &= (said[name] == np.rint(said[name])) | np.isnan(said[name])
    is_on, is_off = rows["ignition"] == ON, rows["ignition"] == OFF
    said["ignition"] = np.where(is_on, 1.0, np.where(is_off, 0.0, NAN))
    return Columns(_microseconds(rows, layout[0]), said, of, sound)


def _microseconds(rows: NDArray[np.void], time: int) -> NDArray[np.int64]:
    if time == 10:
        both = rows["ns:s"].astype(np.uint64)
        seconds, ns = both & np.uint64(SECONDS), both >> np.uint64(34)
        return seconds.astype(np.int64) * 1_000_000 + ns.astype(np.int64) // 1_000
    seconds_us = rows["s"].astype(np.int64) * 1_000_000
    return seconds_us if time == 6 else seconds_us + rows["ns"].astype(np.int64) // 1_000
