"""A second process that decides parts of a plan, so that two are decided at once.

It is started as a program of its own, because a planning process may have no children of
the other kind, and ends when its owner closes the pipe or dies.
"""

import os
import select
import subprocess
import sys
import threading
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from types import TracebackType

from optimizer.local import Answer, Order, settle
from optimizer.memory import limit_memory
from optimizer.parts import Part

MOST_MB = 2048
# How much a calm one stands back for others: as far as it can.
CALM = 19
PROGRAM = """
import os, sys
sys.path[:0] = sys.argv.pop().split(os.pathsep)
from optimizer.helper import main
main()
"""


class Helper:
    """Takes one part at a time: `begin` it, then `end` it.

    Args:
        apart: false: there is no process, and it takes nothing.
    """

    def __init__(self, *, apart: bool = True) -> None:
        self._apart = apart
        self._pipe: Connection | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Helper":
        if not self._apart:
            return self
        mine, theirs = Pipe()
        paths = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(theirs.fileno()), str(os.getpid()), paths],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        self._pipe = mine
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        self.kill()

    def kill(self) -> None:
        """End the process; a thread that waits for its answer, or for it to listen, goes on."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def works(self) -> bool:
        """Whether there is a process to hand anything to."""
        return self._pipe is not None

    def calm(self) -> None:
        """Let it take only what others leave of the processors, for good."""
        if self._pipe is not None:
            with suppress(OSError):
                self._pipe.send(None)

    def begin(self, part: Part, order: Order) -> bool:
        """Hand it a part; false if it is gone."""
        if self._pipe is None:
            return False
        try:
            self._pipe.send((part, order))
        except OSError:
            self._pipe = None
        return self._pipe is not None

    def end(self, part: Part, within_s: float) -> Answer:
        """Its answer; the part as it was if none comes in time or at all."""
        left = Answer(part.inside)
        if self._pipe is None:
            return left
        try:
            answer = self._pipe.recv() if self._pipe.poll(max(0.0, within_s)) else None
        except (EOFError, OSError):
            answer = None
        if not isinstance(answer, Answer):
            # What comes late would be taken for the answer to another part.
            self._pipe.close()
            self._pipe = None
            return left
        return answer


def main() -> None:
    """Answer parts until the pipe is closed."""
    pipe, owner = Connection(int(sys.argv[1])), int(sys.argv[2])
    limit_memory(MOST_MB)
    threading.Thread(target=_end_with, args=(owner,), daemon=True).start()
    while True:
        try:
            asked = pipe.recv()
            if asked is None:
                os.nice(CALM)
            else:
                pipe.send(settle(*asked))
        except (EOFError, OSError):
            return


def _end_with(owner: int) -> None:
    """A busy process does not see that its pipe is closed."""
    with suppress(ProcessLookupError):
        select.select([os.pidfd_open(owner)], [], [])
    os._exit(1)
