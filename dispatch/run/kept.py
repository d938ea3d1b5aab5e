"""What the settings say about how long things are kept, and where the disk is."""

from datetime import datetime, timedelta
from pathlib import Path

from dispatch.kernel.db import Conn
from dispatch.run.settings import Settings
from telemetry import storage

MB = 1_000_000


def policy(settings: Settings) -> storage.Policy:
    """How long things are kept."""
    return storage.Policy(
        raw=timedelta(days=settings.retention_days),
        raw_at_least=timedelta(days=settings.retention_low_days),
        quarantine=timedelta(days=settings.quarantine_days),
    )


def plans_for(settings: Settings) -> timedelta:
    """How long after its day a plan can explain itself."""
    return timedelta(days=settings.plan_days)


def also(settings: Settings) -> storage.Also:
    """What of dispatch is let go with the raw data."""
    from dispatch import orders

    async def let_go(
        conn: Conn, now: datetime, unpublished_since: datetime | None
    ) -> dict[str, int]:
        keep = plans_for(settings)
        return {"plans": await orders.shed_plans(conn, now, keep, unpublished_since)}

    return let_go


def gauge(settings: Settings) -> storage.Gauge:
    """Where the disk of the database is, and what its free bytes mean."""
    return storage.Gauge(
        path=_path(settings),
        warn_bytes=settings.disk_warn_mb * MB,
        low_bytes=settings.disk_low_mb * MB,
        reserve_bytes=settings.disk_reserve_mb * MB,
    )


def _path(settings: Settings) -> Path | None:
    if settings.disk_path:
        return Path(settings.disk_path)
    if settings.database_url:
        return None
    note = settings.data_dir / "postgres-at"
    base = Path(note.read_text().strip()) if note.exists() else settings.data_dir / "postgres"
    return base if base.is_dir() else None
