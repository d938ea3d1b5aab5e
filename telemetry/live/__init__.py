"""Where everything is now."""

from telemetry.live.positions import FROM_THE_START, LivePosition, Seen, last_seen, tail

__all__ = ["FROM_THE_START", "LivePosition", "Seen", "last_seen", "tail"]
