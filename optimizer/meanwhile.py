"""A plan made of parts while a day is planned as a whole, for who ends that before it is done."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from optimizer.helper import Helper
from optimizer.scale import Search


@contextmanager
def meanwhile(search: Search, helper: Helper) -> Iterator[Callable[[], None]]:
    """Go on with a search in the background, until the end of the block.

    Args:
        search: nobody else's within the block; its levels may be read.
        helper: decides the parts, and stands back for this process from now on.

    Yields:
        Call it to go on no longer, and to leave both processors to the whole.
    """

    def go_on() -> None:
        while search.step_away(helper):
            pass

    def end() -> None:
        # First: the thread may wait for a process that hangs.
        helper.kill()
        thread.join()
        helper.close()

    helper.calm()
    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield end
    finally:
        end()
