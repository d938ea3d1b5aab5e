"""The whole system on one machine: a database, and each role as a process of its own.

It opens from the bottom up and closes from the mouth down: whoever feeds data ends first,
the database last.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dispatch.kernel import db
from dispatch.kernel.log import get_logger
from dispatch.run import database, mouth, ports
from dispatch.run.children import Child, Spec
from dispatch.run.datadir import Mqtt, RunFile, occupied, run_file
from dispatch.run.embedded import postgres
from dispatch.run.errors import NotReady
from dispatch.run.links import setup_link
from dispatch.run.roles import STOP_ORDER, Role
from dispatch.run.settings import Settings
from dispatch.run.signals import stop_signal, until

log = get_logger(__name__)

READY_WITHIN_S = 60.0
LOOK_EVERY_S = 0.05
SQL = db.statements(__file__, "run.sql")


@dataclass(frozen=True, slots=True)
class Options:
    """How `demo` differs from `serve`.

    Attributes:
        any_port: Take free ports where the usual ones are taken.
        logs: A folder for the roles' logs; None: our own standard error.
        before_schema: Called with the DSN before the schema is brought up to date.
        before_schema: Callable[[str], Awaitable[None]] | None = None
    before_roles: Called with the DSN when the schema is there and before any role runs.
    """

    any_port: bool = False
    logs: Path | None = None
    before_schema: Callable[[str], Awaitable[None]] | None = None
    before_roles: Callable[[str], Awaitable[None]] = database.start_clock


class System:
    """A running system; `settings` hold the ports that were really taken."""

    def __init__(self, settings: Settings, run: RunFile, options: Options) -> None:
        self.settings = settings
        self.run = run
        self._options = options
        self._children: dict[str, Child] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def add(self, role: str, *words: str, environment: dict[str, str] | None = None) -> Child:
        """Start a process and keep it running; run.json always knows its pid."""
        logs = self._options.logs
        spec = Spec(
            role,
            words,
            {**_environment(self.settings, self.run.database), **(environment or {})},
            logs / f"{role}.log" if logs else None,
        )
        child = self._children[role] = Child(spec, self.note)
        self._tasks.append(asyncio.create_task(child.run(), name=f"keep {role}"))
        return child

    def note(self, role: str, pid: int | None) -> None:
        """Write into run.json which process plays a role now."""
        if pid is None:
            self.run.pids.pop(role, None)
        else:
            self.run.pids[role] = pid
        self.run.save(self.settings.data_dir)

    async def stop(self) -> None:
        """Stop all processes, the mouth first."""
        for role in sorted(self._children, key=_place_in_stop_order):
            await self._children[role].stop()
            log.info("role stopped", role=role)
        await asyncio.gather(*self._tasks)

    async def ready(self, within_s: float = READY_WITHIN_S) -> None:
        """Wait until every role works.

        Raises:
            NotReady: some do not; the error names them.
        """
        conn = await database.connect(self.run.database)
        deadline = time.monotonic() + within_s
        try:
            while waiting := await self._waiting(conn):
                if time.monotonic() > deadline:
                    raise NotReady(waiting, within_s)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            await conn.close()

    async def _waiting(self, conn: db.Conn) -> list[str]:
        alive = {row["pid"] for row in await conn.fetch(SQL["heartbeats"])}
        waiting = [role for role, child in self._children.items() if child.pid not in alive]
        mouths = {"web": (self.settings.http_host, self.settings.http_port)}
        if self.run.mqtt:
            mouths["door"] = (self.run.mqtt.host, self.run.mqtt.port)
        return waiting + [name for name, where in mouths.items() if not await _listens(*where)]


def _place_in_stop_order(role: str) -> int:
    """Whatever is no role of ours (the simulated city) feeds data, so it ends first."""
    return STOP_ORDER.index(Role(role)) if role in STOP_ORDER else -1


async def _listens(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


@asynccontextmanager
async def system(settings: Settings, options: Options) -> AsyncIterator[System]:
    """Run everything for the length of a block.

    Raises:
        SetupError: something stands in the way; the message says what to change.
    """
    ports.raise_descriptor_limit()
    mouth.require_safe(settings)
    with occupied(settings.data_dir):
        settings = _with_ports(settings, options)
        if settings.database_url:
            async with _roles(settings, options, settings.database_url, None) as running:
                yield running
            return
        async with database.embedded(settings.data_dir) as held:
            dsn = postgres.dsn(held.cluster)
            async with _roles(settings, options, dsn, held) as running:
                yield running


@asynccontextmanager
async def _roles(
    settings: Settings, options: Options, dsn: str, held: database.Embedded | None
) -> AsyncIterator[System]:
    if options.before_schema:
        await options.before_schema(dsn)
    applied = await database.prepare(dsn)
    log.info("schema is up to date", applied=len(applied))
    await options.before_roles(dsn)
    door = (
        None
        if settings.mqtt_url
        else Mqtt(settings.door_host, settings.door_port, settings.door_tls)
    )
    started = datetime.now(UTC).isoformat(timespec="seconds")
    if held and not settings.disk_path:
        settings = settings.model_copy(update={"disk_path": str(held.cluster.data)})
    run = RunFile(f"http://{settings.http_host}:{settings.http_port}", door, dsn, started)
    running = System(settings, run, options)
    running.note("supervisor", os.getpid())
    if held:
        held.tell = running.note
        running.note("postgres", held.server.pid)
    try:
        for role in Role:
            running.add(role, role)
        await running.ready()
        yield running
    finally:
        await running.stop()


def _with_ports(settings: Settings, options: Options) -> Settings:
    chosen = {}
    for name in ("http",) if settings.mqtt_url else ("door", "http"):
        host, port = getattr(settings, f"{name}_host"), getattr(settings, f"{name}_port")
        if options.any_port:
            chosen[f"{name}_port"] = ports.free_or_other(host, port)
        else:
            ports.require_free(host, port, f"GONGCHE_{name.upper()}_PORT")
    return settings.model_copy(update=chosen)


def _environment(settings: Settings, dsn: str) -> dict[str, str]:
    """All settings, as the environment of a child, so that it sees what we see."""
    values = settings.model_dump(mode="json") | {"database_url": dsn}
    return {f"GONGCHE_{name.upper()}": str(value) for name, value in values.items()}


async def serve(settings: Settings) -> None:
    """Run everything until SIGINT or SIGTERM, also when one comes while we still start."""
    async with stop_signal() as stop:
        await until(stop, _serve(settings), again_after_s=None)


async def _serve(settings: Settings) -> None:
    async with system(settings, Options()) as running:
        log.info("ready", http_url=running.run.http_url, run_file=str(run_file(settings.data_dir)))
        if link := await setup_link(running.settings):
            sys.stdout.write(f"首次设置（30 分钟内有效，仅一次）· set up here, once:\n{link}\n")
            sys.stdout.flush()
        try:
            await asyncio.Event().wait()
        finally:
            log.info("stopping")
