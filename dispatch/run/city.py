"""The simulated city as a child process: it talks MQTT and HTTP to us like anyone else."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from dispatch.kernel.errors import Invalid, SetupError
from dispatch.run.datadir import Mqtt, private

STOP_WITHIN_S = 5.0
TRUTH = "truth.sqlite"


@dataclass(frozen=True, slots=True)
class Order:
    """Which city, and how long.

    Attributes:
        live_s: Wall seconds after the history; None: until stopped.
        speed: Product seconds per wall second after the history.
    """

    start: date
    seed: int
    cars: int
    history_days: int
    speed: float
    live_s: float | None


WORKDAY = date(2026, 3, 4)
"""A Wednesday; the two days before are workdays too."""


def first_day(day: str, history_days: int) -> date:
    """The first day of history before a day given by name or as a date.

    Raises:
        Invalid: it is neither.
    """
    try:
        live = WORKDAY if day == "workday" else date.fromisoformat(day)
    except ValueError:
        raise Invalid(f"{day!r} is neither 'workday' nor a date such as 2026-03-04") from None
    return live - timedelta(days=history_days)


class CityEnded(SetupError):
    """The simulated city ended by itself, and not well; its log says why."""

    code = "city-ended"

    def __init__(self, code: int, log: Path) -> None:
        super().__init__(f"the simulated city ended with code {code}; see {log}")


class City:
    """A running city; `told` gives what it says, one line of JSON at a time."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    async def told(self) -> AsyncIterator[Mapping[str, object]]:
        """Progress, until the city ends.

        Raises:
            CityEnded: it ended in failure.
        """
        if self._process.stdout is None:
            raise RuntimeError("the city was started without a pipe")
        async for line in self._process.stdout:
            with suppress(json.JSONDecodeError):
                said = json.loads(line)
                if isinstance(said, dict):
                    yield said
        if code := await self._process.wait():
            raise CityEnded(code, self._log)

    def come_home(self) -> None:
        """Ask it to bring home what is under way, wait for the system, and tell its figures."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT)

    async def stop(self) -> None:
        """End it soon: a second signal does not wait for what is under way."""
        for _ in range(2):
            if self._process.returncode is None:
                self.come_home()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._process.wait(), STOP_WITHIN_S)
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def city(
    order: Order, http_url: str, mqtt: Mqtt, token: str, out: Path
) -> AsyncIterator[City]:
    """A city that lives for the length of a block, at most.

    Args:
        order: which city.
        http_url: of the pages.
        mqtt: where devices publish.
        token: handed over in a file that only we can read.
        out: a folder for its truth; its log goes beside.
    """
    words = [
        *("city", *told_where(http_url, mqtt, token, out)),
        *("--seed", str(order.seed), "--start", order.start.isoformat()),
        *("--cars", str(order.cars), "--history-days", str(order.history_days)),
        *("--speed", str(order.speed)),
        *(() if order.live_s is None else ("--for", str(order.live_s))),
    ]
    async with simulator(words, out.with_suffix(".log")) as running:
        yield running


def told_where(http_url: str, mqtt: Mqtt, token: str, out: Path) -> list[str]:
    """What every simulator is told: where we are, where its truth goes, and a token in a file."""
    token_file = out.with_suffix(".token")
    private(token_file, token)
    return [
        *("--http", http_url, "--mqtt", f"{mqtt.host}:{mqtt.port}", "--out", str(out)),
        *("--token-file", str(token_file)),
    ]


@asynccontextmanager
async def simulator(words: list[str], log: Path) -> AsyncIterator[City]:
    """A verb of the simulators as a process that lives for the length of a block, at most."""
    with log.open("ab") as said:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "simulators", *words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=said,
            limit=1_000_000,
            start_new_session=True,
        )
    running = City(process, log)
    try:
        yield running
    finally:
        await running.stop()
