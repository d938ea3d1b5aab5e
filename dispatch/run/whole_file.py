"""Files that are there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

OWNER_ALONE, AS_USUAL = 0o600, 0o666


@contextmanager
def whole(target: Path, access: int = OWNER_ALONE) -> Iterator[IO[bytes]]:
    """A file to write; it takes the target's place, once all of it is on the disk.

    Where the block fails, what was there before stays, and nothing else does.
    """
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, access)
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
