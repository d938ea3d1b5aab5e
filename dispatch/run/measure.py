"""`gongche measure`: true cases and near misses of every rule through the whole system, judged."""

import json
import shutil
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from dispatch.kernel import db
from dispatch.kernel.calendar import local
from dispatch.run import ground, scenario
from dispatch.run.city import simulator, told_where
from dispatch.run.demo import demo_settings
from dispatch.run.serve import Options, System, system
from dispatch.run.settings import Settings
from simulators.judge import show
from simulators.measure import FIRST_DAY, FULL, REDUCED, geojson, proving_ground
from telemetry import quality


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for on the command line; small: a few cases of each rule only."""

    seed: int
    small: bool
    report_file: Path | None


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


class Measuring:
    """One measuring run, from an empty database to its verdict."""

    def __init__(self, settings: Settings, wishes: Wishes) -> None:
        self.settings, self.wishes = settings, wishes
        self.screen = Console(stderr=True)
        self.truth = settings.data_dir / "measure"
        self._token = ""

    async def run(self) -> int:
        """Run and judge. Returns: the exit code, 1 if a bound is not kept."""
        options = Options(
            any_port=True,
            logs=self.settings.data_dir,
            before_schema=scenario.begin_anew,
            before_roles=self._begin,
        )
        async with system(self.settings, options) as running:
            await self._simulate(running)
            await self._look_at_terminals(running)
            return await show(self.truth, running.run.database, _say, self.wishes.report_file)

    async def _begin(self, dsn: str) -> None:
        """An empty scenario, and the roads and toll stations by which everything is judged."""
        shutil.rmtree(self.truth, ignore_errors=True)
        since, made = local(FIRST_DAY), proving_ground()
        self._token = await scenario.start(dsn, since)
        stations = [(s.name, s.lon, s.lat) for s in made.stations]
        await ground.lay(dsn, "proving ground", geojson(made), stations, since)

    async def _look_at_terminals(self, running: System) -> None:
        """Days went by faster than terminals are looked at: look at each once more."""
        days = (REDUCED if self.wishes.small else FULL).days
        end = local(FIRST_DAY) + timedelta(days=days)
        async with (
            await db.open_pool(running.run.database, at_most=1) as pool,
            pool.acquire() as conn,
        ):
            for n in range(days):
                await quality.refresh(conn, FIRST_DAY + timedelta(days=n), end)

    async def _simulate(self, running: System) -> None:
        where = running.run.mqtt
        if where is None:
            raise RuntimeError("a measuring run always has a door")
        told = told_where(running.run.http_url, where, self._token, self.truth)
        words = ["measure", *told, "--seed", str(self.wishes.seed)]
        words += ["--small"] if self.wishes.small else []
        begun, shown_at = time.monotonic(), 0.0
        async with simulator(words, self.truth.with_suffix(".log")) as alive:
            async for said in alive.told():
                if time.monotonic() - shown_at > 5 or said.get("phase") == "done":
                    shown_at = time.monotonic()
                    self.screen.print(f"{shown_at - begun:6.0f} s {json.dumps(said)}")


async def measure(settings: Settings, wishes: Wishes) -> int:
    """Run the measuring scenario in a folder of its own.

    Returns:
        The exit code.
    """
    return await Measuring(demo_settings(settings), wishes).run()
