"""Where everything is now."""

from telemetry.live.positions import FROM_THE_START, LivePosition, tail

__all__ = ["FROM_THE_START", "LivePosition", "tail"]
