"""What the settings say about how long things are kept, and where the disk is."""

from datetime import timedelta
from pathlib import Path

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
