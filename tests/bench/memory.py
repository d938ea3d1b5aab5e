"""The most memory that a process and those that it has started have at one time."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

MB = 1 << 20
LOOK_S = 0.2


@dataclass
class Memory:
    """What was seen.

    Attributes:
        most_mb: the most that was resident, twice in a row.
        last_mb: the last time.
    """

    most_mb: float = 0.0
    last_mb: float = 0.0

    def look(self) -> None:
        """A child that is being started is seen once at most."""
        now_mb = sum(map(resident_mb, (os.getpid(), *children())))
        self.most_mb = max(self.most_mb, min(now_mb, self.last_mb))
        self.last_mb = now_mb


@contextmanager
def watched() -> Iterator[Memory]:
    """Look now and then until the end of the block, and once at its end.

    What the system counts for an ended child is of no use: between fork and exec a child has
    all of its parent's memory.
    """
    over, memory = threading.Event(), Memory()

    def watch() -> None:
        memory.look()
        while not over.wait(LOOK_S):
            memory.look()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        over.set()
        thread.join()
        memory.look()


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
