"""Instants as whole microseconds since 1970 UTC, in which the folds count."""

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
POSTGRES_EPOCH_US: Final = 946_684_800_000_000
END: Final = 7_258_118_400_000_000
"""2200-01-01: after every fix."""
_US = timedelta(microseconds=1)


def to_us(at: datetime) -> int:
    """Exactly; at is aware."""
    return (at - EPOCH) // _US


def from_us(at: int) -> datetime:
    """Aware UTC."""
    return EPOCH + timedelta(microseconds=at)
