"""Arrays of whole numbers, and what kilometres and hours cost."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NEVER = 1 << 60
"""More than anything can cost: it cannot be done."""


def by_km(metres: Ints, fen: Ints | int) -> Ints:
    """Fen for metres at fen a kilometre, rounded half up."""
    return np.asarray((metres * fen + 500) // 1000)


def by_hour(seconds: Ints, fen: int) -> Ints:
    """Fen for seconds at fen an hour, rounded half up."""
    return np.asarray((seconds * fen + 1800) // 3600)
