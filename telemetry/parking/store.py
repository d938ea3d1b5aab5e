"""What is parked, in the database, so that a restart does not forget it."""

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.log import get_logger

SQL = statements(__file__)
LOG = get_logger(__name__)

Room: TypeAlias = Literal["passages", "quality", "trips", "accounting"]
Subject: TypeAlias = Mapping[str, int | str]
"""What it was about, such as a device and a day: the same subject is parked once."""


@dataclass(frozen=True, slots=True)
class Parked:
    """Work that raised; it is tried again from retry_at on (the database's clock: due)."""

    room: Room
    subject: Subject
    tries: int
    traceback: str
    first_at: datetime
    retry_at: datetime
    due: bool


async def park(conn: Conn, room: Room, subject: Subject, error: BaseException) -> None:
    """Put work aside; what is parked again waits longer: 1 s, 4 s, 16 s, up to an hour."""
    LOG.error("parked", room=room, subject=dict(subject), exc_info=error)
    said = "".join(traceback.format_exception(error)).replace("\0", "")
    await conn.execute(SQL["park"], room, dict(subject), said)


async def release(conn: Conn, room: Room, subjects: Sequence[Subject]) -> None:
    """These went well, or are about nothing any more."""
    if subjects:
        await conn.execute(SQL["release"], room, [dict(one) for one in subjects])


async def parked(conn: Conn, room: Room | None = None) -> list[Parked]:
    """What is parked, longest first; of all rooms, or one."""
    return [Parked(**dict(row)) for row in await conn.fetch(SQL["parked"], room)]
