"""What the fold of journeys remembers and says. Times are microseconds since 1970 UTC."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from functools import cache
from operator import attrgetter
from typing import Final

from telemetry.streams import Json

FOLD_VERSION: Final = 2
"""Raise it whenever the same fixes give other facts; docs/understanding.md says what each did."""

NONE: Final = -1
"""In the columns of Fixes and in State: the device did not say, or there is nothing yet."""

SECOND_US: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds of the fold. Another value is another fold version: everything is folded anew."""

    moving_dkmh: int = 50  # H: at or above, a reported speed is a movement
    stop_s: int = 180  # standing as long ends a journey, at the first standing fix
    gap_s: int = 900  # silence longer than this ends a journey, at the last fix before it
    jump_kmh: int = 300  # implied speed beyond this is a jump
    jump_slack_m: int = 100  # what two honest fixes may be apart on top of that
    jump_agree: int = 3  # as many jumped fixes that agree are where the vehicle is
    coarse_m: int = 500  # a fix that is less accurate is not used
    still_m: int = 50  # standing: within so much of the anchor (or 2 x the accuracy)
    far_m: int = 60  # parked, no speed known: beyond so much it moved (or 3 x the accuracy)
    drift_m: int = 200  # parked, speed known and low: beyond so much it moved (or 3 x ...)
    leave_m: int = 30  # a journey is one only beyond so much of the parking place (or 2 x ...)
    idle_s: int = 30  # a stop as long, inside a journey, is not driving time
    parked_silence_s: int = 86_400  # a parked vehicle silent for longer is offline

    def version(self) -> int:
        """31 bits over FOLD_VERSION and every threshold: the version that facts carry."""
        return _version(self)


@cache
def _version(rules: Rules) -> int:
    text = json.dumps([FOLD_VERSION, asdict(rules)], sort_keys=True)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


DEFAULT_RULES: Final = Rules()


@dataclass(frozen=True, slots=True)
class State:
    """All that the fold remembers between two batches: whole numbers, so that it has one digest."""

    heard: int = 0  # last fix of any kind; 0: none yet
    t: int = 0  # last usable fix
    lon: int = 0
    lat: int = 0
    anchor_lon: int = 0  # where distance is measured from; the parking place when parked
    anchor_lat: int = 0
    rest: int = 0  # parked since
    moving: int = 0  # moving since
    device: int = NONE  # of the last odometer reading
    odometer: int = NONE
    odometer_t: int = 0
    ignition: int = NONE
    ignition_t: int = 0
    seen: int = 0  # last usable fix that was not frozen
    open: tuple[int, ...] = ()  # Open, as a tuple
    doubt: tuple[int, ...] = ()  # (t, lon, lat) of the last of n jumped fixes that agree, and n

    def encode(self) -> Json:
        """As JSON values."""
        return [*_whole(self), list(self.open), list(self.doubt)]

    @classmethod
    def decode(cls, values: Json) -> "State":
        """The state that encode turned into values."""
        opened, doubt = (whole_numbers(v) for v in values if isinstance(v, list))
        whole = zip(_WHOLE, (v for v in values if isinstance(v, int)), strict=True)
        return cls(open=opened, doubt=doubt, **dict(whole))

    def row(self) -> list[int]:
        """As the kernel counts: 0 and zeros where no journey is under way, and no doubt."""
        journey = (1, *self.open) if self.open else (0,) * 17
        return [*_whole(self), *journey, *(self.doubt or (0,) * 4)]

    @classmethod
    def of_row(cls, row: list[int]) -> "State":
        """The state that row turned into numbers."""
        n = len(_WHOLE)
        opened = tuple(row[n + 1 : n + 17]) if row[n] else ()
        doubt = tuple(row[n + 17 :]) if row[-1] else ()
        return cls(open=opened, doubt=doubt, **dict(zip(_WHOLE, row[:n], strict=True)))


@dataclass(frozen=True, slots=True)
class Driven:
    """A journey as the fold says it; ended is None while it is under way."""

    started: int
    ended: int | None
    last: int
    start_lon: int
    start_lat: int
    end_lon: int
    end_lat: int
    gps_m: int
    odometer_m: int | None
    driving_s: int
    max_dkmh: int | None
    fixes: int
    flagged: int
    conflicts: int

    @property
    def key(self) -> int:
        """A vehicle drives one journey at a time."""
        return 0


_WHOLE = tuple(f.name for f in fields(State) if f.name not in ("open", "doubt"))
_whole = attrgetter(*_WHOLE)


def whole_numbers(values: Json) -> tuple[int, ...]:
    """A list of whole numbers as a tuple."""
    return tuple(v for v in values if isinstance(v, int))
