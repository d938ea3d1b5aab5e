"""The most memory that a process and those that it has started have at one time."""

import os
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType

MB = 1 << 20
LOOK_S = 0.2


class Watched:
    """Looks at them now and then in its `with` block, and once at its end.

    What the system counts for an ended child is of no use: between fork and exec a child has
    all of its parent's memory.

    Attributes:
        most_mb: the most that was resident, twice in a row.
    """

    most_mb = 0.0

    def __init__(self) -> None:
        self._over = threading.Event()
        self._last_mb = 0.0
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Watched":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        self._look()
        while not self._over.wait(LOOK_S):
            self._look()

    def _look(self) -> None:
        """A child that is being started is seen once at most."""
        now_mb = sum(map(resident_mb, (os.getpid(), *children())))
        self.most_mb = max(self.most_mb, min(now_mb, self._last_mb))
        self._last_mb = now_mb


def children() -> list[int]:
    """Processes that any thread of this one has started."""
    found: list[int] = []
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            found += map(int, (thread / "children").read_text("ascii").split())
    return found


def resident_mb(pid: int) -> float:
    """Of one process; 0 when it is gone."""
    with suppress(OSError):
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MB
    return 0.0
