"""Down from the LP over the duties known so far to whole duties, in a fraction of a second."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimizer.master import EngineFailed, Master

WHOLE = 1e-6
# Duties that the LP uses so much are held at once; else the one that it uses most.
MUCH = 0.8


@dataclass(frozen=True, slots=True)
class Landed:
    """Numbers of the columns that are used, and the LP's value with them."""

    columns: tuple[int, ...]
    value: float


def plunge(master: Master, more: Callable[[], bool]) -> Landed | None:
    """Hold what the LP uses most and solve it again, until nothing is used in part.

    None: `more` said no before that, or the LP has no solution any more. In any case the
    master is left as it was.
    """
    held: list[int] = []
    try:
        while more():
            value, shares = master.solve().value, master.shares()
            part = np.flatnonzero((shares > WHOLE) & (shares < 1 - WHOLE))
            whole = np.flatnonzero(shares >= 1 - WHOLE)
            if not len(part):
                return Landed(tuple(whole.tolist()), value)
            much = part[shares[part] >= MUCH]
            new = much if len(much) else part[[shares[part].argmax()]]
            now = sorted({*whole.tolist(), *new.tolist()} - set(held))
            master.hold(now)
            held += now
    except EngineFailed:
        return None
    finally:
        master.hold(held, held=False)
    return None
