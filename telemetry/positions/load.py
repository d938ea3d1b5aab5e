"""Packed fixes into the database, the quick way: no inbox, where nothing came before.

COPY straight into `fix` costs half of what an inbox and ON CONFLICT cost, but one double spoils
it. So it is tried while devices send what is new, and left alone for a while where they repeat.
"""

from collections.abc import AsyncIterator

import asyncpg

from dispatch.kernel.db import Conn, statements
from telemetry.positions import bulk
from telemetry.positions.copied import binary_copy
from telemetry.positions.packed import COLUMNS
from telemetry.positions.store import SQL as INBOX
from telemetry.positions.store import accept

SQL = statements(__file__, "bulk.sql")
FEW = 200
"""So many fixes go in one statement."""
_SAID = (
    *("lon", "lat", "odometer_m", "fuel_ml", "seq", "speed_dkmh", "heading", "altitude_m"),
    *("accuracy_dm", "soc_permille", "satellites", "reported_flags", "ignition"),
)


async def append_new(conn: Conn, rows: bulk.Packed) -> None:
    """Store fixes none of which came before, mark their devices dirty and move their markers.

    In the caller's transaction, which is over when this raises.

    Raises:
        asyncpg.UniqueViolationError: one came before (see is_double).
        asyncpg.CheckViolationError: a week has no partition (see is_without_partition).
    """
    if not len(rows):
        return
    await conn.copy_to_table(
        "fix", source=_at_once(binary_copy(rows)), columns=COLUMNS, format="binary"
    )
    devices, lo, hi = bulk.spans(rows)
    marker = bulk.markers(rows)
    await conn.execute(
        SQL["loaded"],
        devices.tolist(),
        lo.tolist(),
        hi.tolist(),
        marker.device_id.tolist(),
        marker.ts_us.tolist(),
        marker.received_us.tolist(),
        marker.digest.tolist(),
        *(
            bulk.values(marker, name)
            for name in ("lon", "lat", "speed_dkmh", "heading", "ignition", "accuracy_dm")
        ),
    )


async def append_few(conn: Conn, rows: bulk.Packed) -> None:
    """What append_new does, in one statement: outside a transaction it is committed on return.

    Raises:
        asyncpg.UniqueViolationError: as append_new; nothing is stored then.
        asyncpg.CheckViolationError: as append_new.
    """
    await conn.execute(
        SQL["few"],
        rows.device_id.tolist(),
        rows.ts_us.tolist(),
        rows.delay_ds.tolist(),
        rows.digest.tolist(),
        *(bulk.values(rows, name) for name in _SAID),
    )


async def append_packed(conn: Conn, rows: bulk.Packed) -> int:
    """Store fixes of which some may have come before; else like append.

    Returns:
        How many were new; doubles are skipped.
    """
    if not len(rows):
        return 0
    await conn.execute(INBOX["stage"])
    await conn.copy_to_table(
        "fix_inbox", source=_at_once(binary_copy(rows)), columns=COLUMNS, format="binary"
    )
    return await accept(conn, len(rows))


async def _at_once(data: bytes) -> AsyncIterator[bytes]:
    """For asyncpg, which reads a file in another thread: two hand-overs for each batch."""
    yield data


def is_double(error: BaseException) -> bool:
    """Whether a fix was refused because it came before."""
    return (
        isinstance(error, asyncpg.UniqueViolationError)
        and error.constraint_name is not None
        and error.constraint_name.startswith("fix_")
    )
