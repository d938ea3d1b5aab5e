"""What measured drives say about plans: detours, and how much slower each hour is."""

import numpy as np
from numpy.typing import NDArray

LEAST = 30
"""So many drives before an hour has a factor of its own."""
SLOWEST, QUICKEST = 250, 60


def percent_by_hour(
    hour: NDArray[np.int64], planned_s: NDArray[np.float64], driven_s: NDArray[np.float64]
) -> tuple[int, ...]:
    """24 factors in percent for `Matrix.percent_by_hour`, from drives that were measured.

    Args:
        hour: (drives,) 0 to 23, local, in which each drive ended.
        planned_s: (drives,) what the matrix said.
        driven_s: (drives,) what they took.

    Returns:
        The median ratio of each hour, 60 to 250; the median of all drives for hours with
        fewer than 30, and 100 where there are fewer than 30 altogether.
    """
    known = (planned_s > 0) & (driven_s > 0)
    ratio, of = driven_s[known] / planned_s[known], hour[known]
    whole = float(np.median(ratio)) if len(ratio) >= LEAST else 1.0
    found = []
    for h in range(24):
        mine = ratio[of == h]
        middle = float(np.median(mine)) if len(mine) >= LEAST else whole
        found.append(int(np.clip(round(middle * 100), QUICKEST, SLOWEST)))
    return tuple(found)


def detours(
    pool: NDArray[np.int64], driven_m: NDArray[np.float64], straight_m: NDArray[np.float64]
) -> dict[int, float]:
    """For each pool road metres a metre of great circle: the median of its drives over 500 m.

    A pool with fewer than 30 such drives is left out. Values are 1.0 to 3.0.
    """
    far = straight_m > 500.0
    found = {}
    for one in np.unique(pool[far]).tolist():
        mine = far & (pool == one)
        if int(mine.sum()) >= LEAST:
            middle = float(np.median(driven_m[mine] / straight_m[mine]))
            found[int(one)] = min(3.0, max(1.0, middle))
    return found
