"""`gongche roads`: the network by which speeds are judged."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from dispatch.run.cli_fences import Datum
from dispatch.run.cli_settings import settings

app = typer.Typer(
    help="道路网（判断超速用）· Roads, and how fast one may go.", no_args_is_help=True
)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="GeoJSON 线，或节点与边 · Lines, or a graph.")],
    datum: Datum = "wgs84",
    since: Annotated[
        datetime | None, typer.Option("--from", help="起（缺省为现在），UTC · Since when; now.")
    ] = None,
    name: Annotated[str, typer.Option(help="名称，缺省为文件名 · What to call it.")] = "",
) -> None:
    """导入道路网，自某时起代替原有的 · Import roads that replace those in force from a time on."""
    from dispatch.kernel.errors import Invalid
    from telemetry import roads

    try:
        found = roads.read_roads(file.read_text("utf-8"), datum)
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"cannot read {file}: {error}") from error

    async def act() -> None:
        from dispatch.run.desk import desk

        async with desk(settings()) as open_desk:
            conn, at = open_desk.conn, open_desk.now
            begin = at if since is None else since.replace(tzinfo=UTC)
            set_id = await roads.put(
                conn, found, name or file.stem, since=begin, at=at, by=open_desk.who
            )
            typer.echo(f"已导入 {len(found)} 条道路 · roads imported, set {set_id}")

    asyncio.run(act())


@app.command("list")
def list_sets() -> None:
    """各时期的道路网 · The networks over time."""

    async def act() -> None:
        from dispatch.run.desk import desk
        from telemetry import roads

        async with desk(settings()) as open_desk:
            for one in await roads.sets(open_desk.conn):
                until = "" if one.until is None else one.until.isoformat()
                period = f"{one.since.isoformat()} .. {until}"
                typer.echo(f"{one.id:>4}  {one.roads:>7}  {period}  {one.name}")

    asyncio.run(act())
