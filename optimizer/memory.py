"""A process that ends itself before it takes the machine's memory."""

import os
import resource
import threading
import time
from pathlib import Path

MEMORY_EXIT = 86
MB = 1 << 20
# Beside what it uses, a process maps libraries, compiled code, and stacks it never touches.
MAPPED_MB = 4096
LOOK_S = 0.2


def limit_memory(most_mb: int) -> None:
    """End this process when it has more resident memory than that.

    A single huge allocation is refused with a MemoryError before it is made.
    """
    most = (most_mb + MAPPED_MB) * MB
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    threading.Thread(target=_watch, args=(most_mb * MB,), daemon=True).start()


def resident() -> int:
    """Bytes of memory that this process has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _watch(most: int) -> None:
    while resident() <= most:
        time.sleep(LOOK_S)
    os._exit(MEMORY_EXIT)
