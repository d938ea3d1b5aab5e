"""`gongche fences`: from files, and into files."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dispatch.run.cli_settings import settings

if TYPE_CHECKING:
    from dispatch.kernel.ids import PoolId
    from dispatch.run.desk import Desk
    from telemetry.geofences import Imported, Kind

app = typer.Typer(help="电子围栏的导入与导出 · Fences in GeoJSON files.", no_args_is_help=True)

Datum = Annotated[
    Literal["wgs84", "gcj02", "bd09"],
    typer.Option(help="坐标系：高德、腾讯为 gcj02，百度为 bd09 · The datum of the file."),
]
Pool = Annotated[str, typer.Option(help="平台编号 · The platform's code.")]


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="GeoJSON FeatureCollection")],
    pool: Pool,
    datum: Datum,
    kind: Annotated[
        str, typer.Option(help="文件未注明时的类型 · The kind of those that do not say it.")
    ] = "custom",
    since: Annotated[
        datetime | None, typer.Option("--from", help="起（缺省为现在），UTC · Since when; now.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只检查，不写入 · Try it, and keep nothing.")
    ] = False,
) -> None:
    """导入围栏，逐个报告 · Import fences, and say of each what became of it."""
    text = _read(file)

    async def act(desk: "Desk") -> int:
        from telemetry import geofences

        features = geofences.read_geojson(text, datum)
        done = await geofences.import_features(
            desk.conn,
            features,
            await _pool(desk, pool),
            _kind(kind),
            since=desk.now if since is None else since.replace(tzinfo=UTC),
            at=desk.now,
            by=desk.who,
            dry_run=dry_run,
        )
        if not dry_run:
            await _record(desk, pool, sum(one.fence_id is not None for one in done))
        return _report(done, dry_run=dry_run)

    refused = _at_desk(act)
    raise typer.Exit(1 if refused else 0)


@app.command("export")
def export_file(
    datum: Datum = "wgs84",
    pool: Annotated[str, typer.Option(help="平台编号，缺省为全部 · One platform's; all.")] = "",
) -> None:
    """导出现行围栏 · The fences in force now, as GeoJSON on standard output."""

    async def act(desk: "Desk") -> int:
        from telemetry import geofences

        pools = [await _pool(desk, pool)] if pool else None
        lines = await geofences.lines(desk.conn, desk.now, pools)
        found = geofences.export_geojson(lines, datum)
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return 0

    _at_desk(act)


def _report(done: "list[Imported]", *, dry_run: bool) -> int:
    """How many could not be taken."""
    for one in done:
        if one.problems:
            said = "; ".join(f"{p.message} [{p.code}]" for p in one.problems)
            typer.echo(f"{one.index + 1:>5} {one.name}: 未导入 · refused: {said}")
        else:
            word = "可导入 · good" if dry_run else f"已导入 · fence {one.fence_id}"
            typer.echo(f"{one.index + 1:>5} {one.name}: {word}")
    return sum(bool(one.problems) for one in done)


def _read(file: Path) -> bytes:
    from dispatch.kernel.errors import Invalid

    try:
        return file.read_bytes()
    except OSError as error:
        raise Invalid(f"cannot read {file}: {error.strerror}") from error


def _kind(said: str) -> "Kind":
    from dispatch.kernel.errors import Invalid
    from telemetry import geofences

    for kind in geofences.KINDS:
        if kind == said:
            return kind
    raise Invalid(f"a kind is one of {', '.join(geofences.KINDS)}")


async def _pool(desk: "Desk", code: str) -> "PoolId":
    from dispatch.kernel import db
    from dispatch.kernel.errors import NotFound

    sql = db.statements(__file__, "run.sql")["find_pool"]
    found: PoolId | None = await desk.conn.fetchval(sql, code)
    if found is None:
        raise NotFound(f"no platform {code!r}")
    return found


async def _record(desk: "Desk", pool: str, count: int) -> None:
    from dispatch import access

    await access.append(
        desk.conn,
        at=desk.now,
        actor=desk.who,
        action="fence.import",
        object=f"pool:{pool}",
        detail={"fences": count},
    )


def _at_desk(act: "Callable[[Desk], Awaitable[int]]") -> int:
    async def run() -> int:
        from dispatch.run.desk import desk

        async with desk(settings()) as open_desk:
            return await act(open_desk)

    return asyncio.run(run())
