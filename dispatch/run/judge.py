"""`gongche judge`: the simulators' independent comparison, on a database that may be asleep."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dispatch.run import database
from dispatch.run.datadir import demo_dir, find_database, is_running, occupied
from dispatch.run.embedded import postgres
from dispatch.run.settings import Settings
from simulators.judge import judge as compare


async def judge(settings: Settings, truth: Path | None) -> int:
    """Print every difference between a run's truth and the database.

    Returns:
        How many there are.
    """
    settings = of_demo(settings)
    async with awake(settings) as dsn:
        verdict = await compare(truth or settings.data_dir / "city", dsn)
    for what, compared in verdict.compared.items():
        found = verdict.differences[what]
        sys.stdout.write(f"{what}: {compared} compared, {len(found)} differ\n")
        sys.stdout.writelines(f"  {line}\n" for line in found)
    sys.stdout.writelines(f"{note}\n" for note in verdict.notes)
    return verdict.total


def of_demo(settings: Settings) -> Settings:
    """The settings of the demo that lives beside, unless a folder was named."""
    if "data_dir" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"data_dir": demo_dir(settings.data_dir)})


@asynccontextmanager
async def awake(settings: Settings) -> AsyncIterator[str]:
    """The DSN of a database that runs; an embedded one that sleeps is woken for the block."""
    if settings.database_url or is_running(settings.data_dir):
        yield find_database(settings)
        return
    with occupied(settings.data_dir):
        async with database.embedded(settings.data_dir) as held:
            yield postgres.dsn(held.cluster)
