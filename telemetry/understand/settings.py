"""What can be set about understanding."""

from dataclasses import dataclass

from telemetry.understand.streams import ALL, Streams


@dataclass(frozen=True, slots=True)
class UnderstandSettings:
    """Settings of one process of understand; any number of processes may run.

    database_url: a libpq URL.
    workers: vehicles folded at the same time, each on a connection of its own.
    poll_s: pause when there is nothing to do.
    timers_s: how often silent vehicles are looked for.
    batch: vehicles taken at a time.
    together: of these, how many in one transaction, where nothing came late.
    """

    database_url: str
    workers: int = 2
    poll_s: float = 0.1
    timers_s: float = 0.5
    batch: int = 400
    together: int = 200
    streams: Streams = ALL
