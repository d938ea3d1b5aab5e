"""How fast one device may send over a longer time. Who sends faster is read more slowly.

All packets count, and all their bytes: a ping costs the door as much as a message.
"""

from dataclasses import dataclass

BURST_S = 600.0
"""What may come at once is what this time would bring: at 50 messages a second 30,000, which is
more than three days at one fix every ten seconds."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Messages and bytes a second; 0: as fast as they come."""

    messages_per_s: float = 50.0
    bytes_per_s: float = 100_000.0


class Bucket:
    """What one device may still send, on all its connections together; times in seconds."""

    __slots__ = ("_at", "_bytes", "_messages", "_pace")

    def __init__(self, pace: Pace, now: float) -> None:
        self._pace = pace
        self._at = now
        self._messages = pace.messages_per_s * BURST_S
        self._bytes = pace.bytes_per_s * BURST_S

    def spend(self, size: int, packets: int = 1) -> bool:
        """So many bytes came, or packets. False: see wait_s before reading on."""
        self._messages -= packets
        self._bytes -= size
        return (self._messages >= 0 or not self._pace.messages_per_s) and (
            self._bytes >= 0 or not self._pace.bytes_per_s
        )

    def wait_s(self, now: float) -> float:
        """How long until the next message may be read; 0: now."""
        pace, passed = self._pace, now - self._at
        self._at = now
        self._messages = min(
            pace.messages_per_s * BURST_S, self._messages + passed * pace.messages_per_s
        )
        self._bytes = min(pace.bytes_per_s * BURST_S, self._bytes + passed * pace.bytes_per_s)
        waits = [
            -level / rate
            for level, rate in (
                (self._messages, pace.messages_per_s),
                (self._bytes, pace.bytes_per_s),
            )
            if rate and level < 0
        ]
        return max(waits, default=0.0)
