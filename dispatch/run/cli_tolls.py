"""`gongche tolls`: where stations and gantries are."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from dispatch.run.cli_settings import settings

app = typer.Typer(help="收费站与门架的位置 · Toll stations and gantries.", no_args_is_help=True)


@app.callback()
def tolls() -> None:
    """收费站与门架的位置 · Toll stations and gantries."""


@app.command("import")
def import_file(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="JSON 或 CSV：name, lon, lat, kind；WGS-84"
        ),
    ],
) -> None:
    """导入位置；受影响的通行重新核对 · Import places; passages there are checked again."""
    content = file.read_bytes()

    async def act() -> tuple[int, int]:
        from dispatch import access
        from dispatch.run.desk import desk
        from telemetry import passages

        found = passages.read_places(content)
        async with desk(settings()) as open_desk:
            changed = await passages.put_places(open_desk.conn, found)
            await access.append(
                open_desk.conn, at=open_desk.now, actor=open_desk.who, action="tolls.import",
                object="toll_place", detail={"places": len(found), "changed": changed},
            )  # fmt: skip
        return len(found), changed

    read, changed = asyncio.run(act())
    typer.echo(f"{read} 处，{changed} 处有变 · {read} places, {changed} of them new or moved")
