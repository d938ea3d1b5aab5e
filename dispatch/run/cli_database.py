"""The database as a whole: `gongche migrate`, `gongche backup`, `gongche restore`."""

from pathlib import Path
from typing import Annotated

import typer

from dispatch.run.cli_settings import settings


def migrate() -> None:
    """升级数据库结构 · Bring the schema of the database up to date."""
    import asyncio

    from dispatch.run import database
    from dispatch.run.datadir import find_database

    applied = asyncio.run(database.prepare(find_database(settings())))
    typer.echo("\n".join(applied) or "up to date")


def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="写到哪里 · Where to.")],
) -> None:
    """把整个数据库备份成一个文件，不停机 · The whole database into one file, while it runs."""
    from dispatch.run.backup import back_up

    back_up(settings(), target)
    typer.echo(f"{target}: {target.stat().st_size:,} B")


def restore(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", exists=True, dir_okay=False, help="备份文件 · A backup's file."
        ),
    ],
) -> None:
    """从备份恢复到空数据库，须先停机 · Fill an empty database from it, while nothing runs."""
    from dispatch.run.backup import restore as fill

    fill(settings(), source)
    typer.echo("已恢复 · restored")
