"""`gongche demo`: the whole system with a simulated city, on this machine alone."""

import asyncio
import json
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from dispatch.kernel import db
from dispatch.kernel.calendar import local
from dispatch.kernel.errors import NotFound
from dispatch.run import ground, report, scenario
from dispatch.run.city import TRUTH, City, Order, city
from dispatch.run.datadir import demo_dir
from dispatch.run.errors import NotLoopback
from dispatch.run.links import link_for
from dispatch.run.report import Latency, Report
from dispatch.run.serve import Options, System, system
from dispatch.run.settings import Settings
from dispatch.run.signals import stop_signal
from simulators.city import build
from simulators.toll import stations

FALLS_SHORT = 1
SETTLE_WITHIN_S = 60.0
SHOWN_ROLES = (
    "city_dispatcher",
    "dispatcher",
    "requester",
    "unit_approver",
    "authority_reviewer",
    "driver",
    "accountant",
    "system_admin",
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for on the command line; live_s None: until Ctrl-C."""

    order: Order
    report_file: Path | None


def demo_settings(settings: Settings) -> Settings:
    """The settings of a demo: its own folder, unless one was named.

    Raises:
        NotLoopback: it would listen for the network.
    """
    for mouth in ("http_host", "door_host"):
        host = getattr(settings, mouth)
        if host != "localhost" and not _is_loopback(host):
            raise NotLoopback(host, f"GONGCHE_{mouth.upper()}")
    settings = settings.model_copy(update={"door_tls": False})  # simulated cars do not speak it
    if "data_dir" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"data_dir": demo_dir(settings.data_dir)})


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Demo:
    """One demo, from nothing to its report."""

    def __init__(self, settings: Settings, wishes: Wishes) -> None:
        self.settings = settings
        self.wishes = wishes
        self.screen = Console(stderr=True)
        self.began = time.monotonic()
        self.truth = settings.data_dir / "city"
        self._token = ""
        self._history_s = 0.0
        self._latency: Latency | None = None
        self._city: City | None = None

    async def run(self) -> int:
        """Run it; the exit code is 0 only if the report falls short of nothing."""
        options = Options(
            any_port=True,
            logs=self.settings.data_dir,
            before_schema=scenario.begin_anew,
            before_roles=self._begin,
        )
        async with system(self.settings, options) as running:
            self._ready_s = time.monotonic() - self.began
            self._say_where(running)
            where = running.run.mqtt
            if where is None:
                raise RuntimeError("a demo always has a door")
            order = self.wishes.order
            async with city(order, running.run.http_url, where, self._token, self.truth) as alive:
                self._city = alive
                await self._follow(alive, running)
            return await self._conclude(running)

    def come_home(self) -> bool:
        """Let the city come to an end; False where none runs yet."""
        if self._city is None:
            return False
        self._city.come_home()
        return True

    async def _begin(self, dsn: str) -> None:
        shutil.rmtree(self.truth, ignore_errors=True)
        order = self.wishes.order
        since = local(order.start)
        self._token = await scenario.start(dsn, since)
        known = build(order.seed, order.start, order.cars).roads
        await ground.lay(dsn, "模拟路网", known.geojson(), stations(known), since)

    def _say_where(self, running: System) -> None:
        for setting, port in (("door", "door_port"), ("http", "http_port")):
            wanted, taken = getattr(self.settings, port), getattr(running.settings, port)
            if wanted != taken:
                self.screen.print(
                    f"端口 {wanted} 已被占用，改用 {taken} · {setting} took another port"
                )
        self.screen.print(f"系统就绪 ready in {self._ready_s:.1f} s: {running.run.http_url}")

    async def _follow(self, alive: City, running: System) -> None:
        shown = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(), console=self.screen, transient=True,
        )  # fmt: skip
        bar = shown.add_task("历史 history", total=1.0)
        shown.start()
        try:
            known = False
            async for said in alive.told():
                shown.update(bar, completed=_number(said.get("done"), 0.0))
                if said.get("phase") == "history" and not known:
                    known = True  # from now on there are people who can sign in and watch
                    await self._say_who(running)
                if "history_s" in said and not self._history_s:
                    shown.stop()
                    self._history_s = _number(said["history_s"], 0.0)
                    self.screen.print(f"历史完成 history done in {self._history_s:.0f} s")
                self._hear(said)
        finally:
            shown.stop()

    def _hear(self, said: Mapping[str, Any]) -> None:
        measured = said.get("publish_to_socket_ms")
        if isinstance(measured, dict) and measured.get("p99") is not None:
            self._latency = Latency(measured["p50"], measured["p99"])

    async def _say_who(self, running: System) -> None:
        self.screen.print("一次性登录链接（30 分钟内有效）· one-time links, valid for 30 minutes:")
        for role in SHOWN_ROLES:
            with suppress(NotFound):
                link = await link_for(running.settings, role)
                self.screen.print(f"  {role:<20}{link}", soft_wrap=True, highlight=False)

    async def _conclude(self, running: System) -> int:
        if self.wishes.report_file is None and self.wishes.order.live_s is None:
            return 0
        found = await self._figures(running.run.database)
        text = json.dumps(found.as_dict(), ensure_ascii=False, indent=2)
        if self.wishes.report_file:
            self.wishes.report_file.write_text(f"{text}\n", encoding="utf-8")
        self.screen.print_json(text)
        for shortfall in found.shortfalls():
            self.screen.print(f"[red]不满足 falls short:[/red] {shortfall}")
        return FALLS_SHORT if found.shortfalls() else 0

    async def _figures(self, dsn: str) -> Report:
        async with await db.open_pool(dsn, at_most=1) as pool, pool.acquire() as conn:
            deadline = time.monotonic() + SETTLE_WITHIN_S
            while await report.waiting(conn) and time.monotonic() < deadline:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
            return await report.figures(
                conn,
                self.truth / TRUTH,
                ready_s=self._ready_s,
                history_s=self._history_s,
                latency=self._latency,
            )


def _number(said: object, otherwise: float) -> float:
    return float(said) if isinstance(said, int | float) else otherwise


async def demo(settings: Settings, wishes: Wishes) -> int:
    """Run a demo until its time is over, or until SIGINT or SIGTERM.

    Where a report was asked for, a signal lets the city come home, and the report is made.

    Returns:
        The exit code.
    """
    showing = Demo(demo_settings(settings), wishes)
    running = asyncio.ensure_future(showing.run())
    async with stop_signal() as stop:
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done() and not (wishes.report_file and showing.come_home()):
            running.cancel()
        await asyncio.wait({running})
        stopping.cancel()
    return 0 if running.cancelled() else running.result()
