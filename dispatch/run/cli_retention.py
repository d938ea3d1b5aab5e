"""`gongche retention`: what is stored, what keeps it, and letting go what is due."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from dispatch.run.cli_settings import settings

if TYPE_CHECKING:
    from dispatch import orders
    from dispatch.kernel.db import Conn
    from dispatch.run.settings import Settings
    from telemetry import storage

app = typer.Typer(
    help="数据保留与磁盘 · What is kept for how long, and the disk.", no_args_is_help=True
)
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON · JSON on standard output.")]


@dataclass(frozen=True, slots=True)
class Desk:
    """A connection outside a transaction, product time, and who asks."""

    conn: "Conn"
    now: datetime
    who: str
    settings: "Settings"


@app.command()
def status(as_json: AsJson = False) -> None:
    """各周原始数据、保留原因、磁盘与预测 · Weeks of fixes, what keeps them, disk and forecast."""

    async def act(desk: Desk) -> None:
        from dispatch import accounting, orders
        from dispatch.run import kept
        from telemetry import storage

        since = await accounting.first_unpublished(desk.conn)
        said = await storage.status(
            desk.conn, kept.policy(desk.settings), desk.now, kept.gauge(desk.settings), since
        )
        plans = await orders.plans_kept(desk.conn, desk.now, kept.plans_for(desk.settings), since)
        if as_json:
            both = asdict(said) | {"plans": asdict(plans)}
            typer.echo(json.dumps(both, default=str, ensure_ascii=False, indent=2))
        else:
            typer.echo(f"{table(said, desk.now)}\n{plans_line(plans)}")

    _at_desk(act)


@app.command()
def run(as_json: AsJson = False) -> None:
    """立即清理到期数据（平时自动进行）· Let go now what is due; it also goes by itself."""

    async def act(desk: Desk) -> None:
        from dispatch import accounting
        from dispatch.run import kept
        from telemetry import storage

        disk = kept.gauge(desk.settings).read()
        ran = await storage.run(
            desk.conn,
            kept.policy(desk.settings),
            desk.now,
            await accounting.first_unpublished(desk.conn),
            low=disk.level in (storage.Level.LOW, storage.Level.FULL),
            actor=desk.who,
            also=kept.also(desk.settings),
        )
        if as_json:
            typer.echo(json.dumps(asdict(ran), indent=2))
            return
        for what, names in (
            ("dropped", ran.dropped),
            ("trimmed to holds", ran.trimmed),
            ("in use, later", ran.waiting),
        ):
            typer.echo(f"{what:<17}{' '.join(names) or '-'}")
        rows = ", ".join(f"{count} {what}" for what, count in ran.forgotten.items())
        typer.echo(f"{'rows':<17}{rows or '-'}")

    _at_desk(act)


@app.command()
def hold(
    vehicle: Annotated[str, typer.Argument(help="车辆编号或车牌 · Code, plate or our number.")],
    since: Annotated[datetime, typer.Option("--from", help="起，UTC · Since when.")],
    reason: Annotated[str, typer.Option(help="依据 · Why, such as a case number.")],
    until: Annotated[datetime | None, typer.Option(help="止，UTC · Until when; no end.")] = None,
) -> None:
    """依法保全某车某时段的原始数据 · Keep a vehicle's raw fixes of a time, whatever their age."""

    async def act(desk: Desk) -> None:
        from dispatch import access
        from dispatch.kernel import db
        from dispatch.kernel.errors import NotFound
        from telemetry import storage

        find = db.statements(__file__, "run.sql")["find_vehicle"]
        async with desk.conn.transaction():
            car = await desk.conn.fetchval(find, vehicle, desk.now)
            if car is None:
                raise NotFound(f"no vehicle {vehicle!r}")
            said = (_utc(since), _utc(until) if until else None, reason)
            number = await storage.place_hold(desk.conn, car, *said, by=desk.who, at=desk.now)
            await access.append(
                desk.conn, at=desk.now, actor=desk.who, action="hold.place",
                object=f"vehicle:{car}", detail={"hold": number, "reason": reason},
            )  # fmt: skip
        typer.echo(f"hold {number}")

    _at_desk(act)


@app.command()
def release(number: Annotated[int, typer.Argument(help="保全编号 · The hold's number.")]) -> None:
    """解除保全 · Release a legal hold; what is due goes with the next run."""

    async def act(desk: Desk) -> None:
        from dispatch import access
        from telemetry import storage

        async with desk.conn.transaction():
            await storage.release_hold(desk.conn, number, by=desk.who, at=desk.now)
            await access.append(
                desk.conn, at=desk.now, actor=desk.who, action="hold.release",
                object=f"hold:{number}", detail={},
            )  # fmt: skip

    _at_desk(act)


def table(said: "storage.Status", now: datetime) -> str:
    """The status for a terminal; empty weeks are left out."""
    lines = [f"{'week':<14}{'rows':>12}{'MB':>10}{'days old':>10}  {'kept by':<13}goes at"]
    for week in said.weeks:
        if week.rows or week.kept_by not in ("age", ""):
            old = max(0, (now - week.hi).days)
            goes = "-" if week.goes_at is None else f"{week.goes_at:%Y-%m-%d}"
            size = f"{week.rows:>12,}{week.bytes / 1e6:>10.1f}{old:>10}"
            lines.append(f"{week.name:<14}{size}  {week.kept_by or 'nothing':<13}{goes}")
    gone = "nothing went yet" if said.horizon is None else f"before {said.horizon:%Y-%m-%d}"
    free = "" if said.disk.free_bytes is None else f", {said.disk.free_bytes / 1e9:.1f} GB free"
    lines += [f"raw gone    {gone}", f"disk        {said.disk.level}{free}"]
    if said.bytes_a_day is not None:
        lines.append(f"fixes       {said.bytes_a_day / 1e6:.1f} MB a day")
    if said.full_in_days is not None:
        lines.append(f"disk full   in {said.full_in_days:.0f} days, if nothing went")
    return "\n".join(lines)


def plans_line(kept: "orders.PlansKept") -> str:
    """Plans that can explain themselves, and those that are figures only."""
    since = "" if kept.since is None else f" since {kept.since}"
    held = f", {kept.held} of them until their month is published" if kept.held else ""
    whole = f"{kept.whole} whole{since}, {kept.bytes / 1e6:.1f} MB{held}"
    return f"plans       {whole}; figures only of {kept.shed}"


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=at.tzinfo or UTC)


def _at_desk(act: Callable[[Desk], Awaitable[None]]) -> None:
    async def work() -> None:
        from getpass import getuser

        from dispatch.kernel import db
        from dispatch.kernel.clock import ProductClock
        from dispatch.run import database
        from dispatch.run.datadir import find_database, of_what_runs

        found = of_what_runs(settings())
        dsn = find_database(found)
        await (await database.connect(dsn)).close()
        async with await db.open_pool(dsn, at_most=2, role="gongche command") as pool:
            clock = await ProductClock.open(pool)
            async with pool.acquire() as conn:
                await act(Desk(conn, clock.now(), f"command:{getuser()}", found))

    asyncio.run(work())
