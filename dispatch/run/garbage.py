"""How often a process that answers people looks for objects that nobody holds any more."""

import gc

YOUNG = 20_000
"""So many more objects are made than dropped before the young are looked at (Python's own: 700)."""


def look_seldom() -> None:
    """Never look again at what is loaded now, and at the rest less often.

    A look at everything that is loaded (compiled kernels, solvers, schemas) takes 100 ms, while
    somebody waits for an answer that takes 30; making a day's board anew brought it on every
    fourth time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
