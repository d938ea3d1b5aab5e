"""Child processes that are started again when they die, and stopped in order."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dispatch.kernel.log import get_logger

log = get_logger(__name__)

FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 5.0
LIVED_WELL_S = 20.0
STOP_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Spec:
    """What to run: the words after `python -m dispatch.run`, and its own environment."""

    role: str
    words: tuple[str, ...]
    environment: Mapping[str, str]
    log_file: Path | None = None


class Child:
    """One role's process; opened by `run`, closed by `stop`."""

    def __init__(self, spec: Spec, changed: Callable[[str, int | None], None]) -> None:
        self.spec = spec
        self.restarts = 0
        self._changed = changed
        self._stopping = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process else None

    async def run(self) -> None:
        """Keep the process running until stopped; wait longer after each quick death."""
        loop, wait_s = asyncio.get_running_loop(), FIRST_WAIT_S
        while not self._stopping.is_set():
            began = loop.time()
            code = await self._once()
            if self._stopping.is_set():
                return
            wait_s = FIRST_WAIT_S if loop.time() - began > LIVED_WELL_S else wait_s
            log.warning("role ended", role=self.spec.role, code=code, again_in_s=round(wait_s, 1))
            self.restarts += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait_s)
            wait_s = min(LONGEST_WAIT_S, wait_s * 2)

    async def _once(self) -> int:
        with _sink(self.spec.log_file) as sink:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "dispatch.run", *self.spec.words),
                env={**os.environ, **self.spec.environment, "GONGCHE_PARENT": str(os.getpid())},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,  # Ctrl-C is the supervisor's to pass on, in order
            )
        self._changed(self.spec.role, self._process.pid)
        if self._stopping.is_set():
            self._process.terminate()
        try:
            return await self._process.wait()
        finally:
            self._process = None
            self._changed(self.spec.role, None)

    async def stop(self, within_s: float = STOP_WITHIN_S) -> None:
        """Ask the process to finish what it holds; kill it when it does not."""
        self._stopping.set()
        process = self._process
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), within_s)
        except TimeoutError:
            log.error("role killed", role=self.spec.role, after_s=within_s)
            with suppress(ProcessLookupError):
                process.kill()


def _sink(log_file: Path | None) -> IO[bytes]:
    if log_file is None:
        return os.fdopen(os.dup(sys.stderr.fileno()), "wb")
    return log_file.open("ab")
