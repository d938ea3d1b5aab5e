"""A plan made of parts while a day is planned as a whole, for who ends that before it is done."""

import threading
from types import TracebackType

from optimizer.helper import Helper
from optimizer.scale import Search


class Meanwhile:
    """Goes on with a search in the background, within its `with` block, or until `end`.

    Args:
        search: nobody else's within the block; its levels may be read.
        helper: decides the parts, and stands back for this process from now on.
    """

    def __init__(self, search: Search, helper: Helper) -> None:
        self._search, self._helper = search, helper
        self._thread = threading.Thread(target=self._go_on, daemon=True)

    def __enter__(self) -> "Meanwhile":
        self._helper.calm()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        """Go on no longer, and leave both processors to the whole."""
        self._helper.leave()
        self._thread.join()
        self._helper.close()

    def _go_on(self) -> None:
        while self._helper.works and self._search.step_away(self._helper):
            pass
