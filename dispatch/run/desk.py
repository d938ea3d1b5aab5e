"""What verbs of the command line work with: one transaction, the product clock, run.json."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from getpass import getuser

from dispatch.kernel import db
from dispatch.kernel.clock import ProductClock
from dispatch.kernel.db import Conn
from dispatch.run import database
from dispatch.run.datadir import Mqtt, find_database, of_what_runs, run_file
from dispatch.run.settings import Settings


@dataclass(frozen=True, slots=True)
class Desk:
    """An open transaction, product time now, and where the system is found.

    Attributes:
        who: For the audit chain; never a person's name.
        door: None where an outside broker is used.
        http_url: Where programs on this machine find the API.
        origin: Where people find the pages.
    """

    conn: Conn
    now: datetime
    who: str
    door: Mqtt | None
    http_url: str
    origin: str


@asynccontextmanager
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """Open the database of what runs here, in one transaction.

    Raises:
        NothingRuns: neither a setting nor run.json names a database.
        DatabaseUnreachable: it does not answer.
    """
    settings = of_what_runs(settings)
    dsn = find_database(settings)
    await (await database.connect(dsn)).close()
    door, http_url = where(settings)
    origin = settings.public_url.rstrip("/") or http_url
    async with await db.open_pool(dsn, at_most=2, role="gongche command") as pool:
        clock = await ProductClock.open(pool)
        async with pool.acquire() as conn, conn.transaction():
            yield Desk(conn, clock.now(), f"command:{getuser()}", door, http_url, origin)


def where(settings: Settings) -> tuple[Mqtt | None, str]:
    """The door and the API: as run.json says, else as the settings say."""
    path = run_file(settings.data_dir)
    if not path.exists():
        door = Mqtt(settings.door_host, settings.door_port, settings.door_tls)
        api = f"http://{settings.http_host}:{settings.http_port}"
        return None if settings.mqtt_url else door, api
    said = json.loads(path.read_text(encoding="utf-8"))
    return Mqtt(**said["mqtt"]) if said["mqtt"] else None, str(said["http_url"])
