"""Speed zones: how fast a car may drive where it certainly is."""

import numpy as np

from telemetry.geofences.areas import Fences
from telemetry.geofences.borders import LIMIT, holds, limiting
from telemetry.streams import Integers


def limits(
    fences: Fences, t: Integers, lon: Integers, lat: Integers, blur_mm: Integers
) -> Integers:
    """The least limit of the speed zones that certainly hold each position, km/h; 0: none does.

    Who may be outside, or stands just on the border, has the benefit of the doubt.

    Args:
        fences: of all times.
        t: ascending.
        lon: 1e-7 degrees.
        lat: 1e-7 degrees.
        blur_mm: how wrong each position may be; its whole circle must lie inside.
    """
    kmh = np.zeros(len(t), np.int64)
    at = 0
    while at < len(t):
        table = fences.at(int(t[at]))
        upto = max(at + 1, int(t.searchsorted(table.hi)))
        here = slice(at, upto)
        drawn = table.chunks, table.edges
        for row in np.flatnonzero(limiting(table.areas, *drawn, lon[here], lat[here])).tolist():
            limit = int(table.areas[row, LIMIT])
            held = holds(table.areas, row, *drawn, lon[here], lat[here], blur_mm[here])
            held &= fences.counted(table.ids[row], t[here])
            slower = (held == 1) & ((kmh[here] == 0) | (kmh[here] > limit))
            kmh[here][slower] = limit
        at = upto
    return kmh
