"""What a vehicle's terminals said on the other topics: statuses, fuel, passages."""

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np

from telemetry.streams.metres import Integers


class Signal(IntEnum):
    """What kind of message; docs/wire.md says what each means."""

    ONLINE = 1  # status
    OFFLINE = 2
    POWER_CUT = 3
    LOW_BATTERY = 4
    TAMPERED = 5
    LEVEL = 11  # fuel
    REFUELLING = 12
    CHARGING = 13
    PASSAGE = 21  # etc


@dataclass(frozen=True, slots=True)
class Signals:
    """Signals of one vehicle in order of (t, kind); columns of equal length.

    Units: us, device ids, Signal, ml, permille, ml, 1e-7 degrees; -1 where it was not said
    (positions: UNPLACED). Of one device and t all variants are here, always in the same order.
    """

    t: Integers
    device: Integers
    kind: Integers
    fuel_ml: Integers
    soc_permille: Integers
    added_ml: Integers
    lon: Integers
    lat: Integers

    def __len__(self) -> int:
        return len(self.t)

    def part(self, lo: int, hi: int) -> "Signals":
        """Signals lo..hi-1 by index."""
        return Signals(*(getattr(self, name)[lo:hi] for name in _COLUMNS))


_COLUMNS = tuple(f.name for f in fields(Signals))
UNPLACED = 2**31 - 1
"""The lon and lat of a signal without a position."""
NO_SIGNALS = Signals(*(np.zeros(0, np.int64) for _ in _COLUMNS))
