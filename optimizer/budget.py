"""When the planning of a large day ends."""

import time
from dataclasses import dataclass

from optimizer.progress import Stop


@dataclass(frozen=True, slots=True)
class Limits:
    """When to end: `until` is a moment of `time.monotonic`; `rounds` counts parts.

    With `bound_s` the bound is looked for after the plan, in so many seconds more. With
    `meanwhile` parts are decided in a process beside while the day is planned as a whole:
    then what is found depends on how fast the machine is.
    """

    began: float
    until: float
    rounds: int
    processes: int
    stop: Stop
    bound_s: float = 0.0
    meanwhile: bool = False

    def more(self, tried: int, share: float = 1.0) -> bool:
        """Whether a share of the time and of the rounds is not used up yet."""
        moment = self.began + share * (self.until - self.began)
        return time.monotonic() < moment and tried < share * self.rounds and not self.stop()
