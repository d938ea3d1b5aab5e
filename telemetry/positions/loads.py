"""What messages said, with whose it is and when it came: ready to be packed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from telemetry.positions.bulk import DIGESTED, MICROSECOND, Ints, Load
from telemetry.positions.packed import EPOCH, digested
from telemetry.wire import Fix


def loaded(
    digested: NDArray[np.void],
    of: NDArray[np.intp],
    devices: Sequence[int],
    received_at: Sequence[datetime],
) -> Load:
    """Fixes of messages, of which each has a device, negative for nobody's, and a product time."""
    device_id = np.array(devices, np.int64)[of]
    received_us = moments(received_at)[of]
    if min(devices, default=0) < 0:
        known = device_id >= 0
        return Load(digested[known], device_id[known], received_us[known])
    return Load(digested, device_id, received_us)


def moments(times: Sequence[datetime]) -> Ints:
    """Microseconds since 1970 of times in a row, of which many are the same object."""
    found = np.empty(len(times), np.int64)
    last, us = None, 0
    for n, at in enumerate(times):
        if at is not last:
            last, us = at, (at - EPOCH) // MICROSECOND
        found[n] = us
    return found


NOTHING_LOADED = loaded(np.empty(0, DIGESTED), np.empty(0, np.intp), [], [])


@dataclass(frozen=True, slots=True)
class OneByOne:
    """Fixes that come as such, each of some message."""

    _of: list[int] = field(default_factory=list)
    _digested: list[bytes] = field(default_factory=list)

    def add(self, of: int, fix: Fix) -> None:
        """Append one, within the ranges of the wire."""
        self._of.append(of)
        self._digested.append(digested(fix))

    def after(
        self, rows: NDArray[np.void], of: NDArray[np.intp]
    ) -> tuple[NDArray[np.void], NDArray[np.intp]]:
        """All of them after others."""
        if not self._of:
            return rows, of
        # concatenate would turn the bytes round, and the digest is of these
        whole = np.frombuffer(b"".join((rows.tobytes(), *self._digested)), DIGESTED)
        return whole, np.append(of, np.array(self._of, np.intp))
