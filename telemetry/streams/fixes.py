"""Fixes of one vehicle as columns, the way every fold reads them."""

from dataclasses import dataclass, fields

import numpy as np

from telemetry.streams.metres import Integers


@dataclass(frozen=True, slots=True)
class Fixes:
    """Fixes of one vehicle in event order, one a (device, ts); columns of equal length.

    Units: us, 1e-7 degrees, 0.1 km/h, 0.1 m, m, 0|1, device ids, how many other variants came,
    ml, permille, the device's own bits. -1 where the device did not say (flags: 0).
    """

    t: Integers
    lon: Integers
    lat: Integers
    speed: Integers
    accuracy: Integers
    odometer: Integers
    ignition: Integers
    device: Integers
    conflicts: Integers
    fuel_ml: Integers
    soc_permille: Integers
    reported_flags: Integers

    def __len__(self) -> int:
        return len(self.t)

    def part(self, lo: int, hi: int) -> "Fixes":
        """Fixes lo..hi-1 by index."""
        return Fixes(*(getattr(self, name)[lo:hi] for name in _COLUMNS))

    def pick(self, kept: Integers) -> "Fixes":
        """Fixes by index, in that order."""
        return Fixes(*(getattr(self, name)[kept] for name in _COLUMNS))

    @staticmethod
    def join(parts: "list[Fixes]") -> "Fixes":
        """Several in order as one; none is empty Fixes."""
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return NO_FIXES
        return Fixes(*(np.concatenate([getattr(p, name) for p in parts]) for name in _COLUMNS))


_COLUMNS = tuple(f.name for f in fields(Fixes))
NO_FIXES = Fixes(*(np.zeros(0, np.int64) for _ in _COLUMNS))
