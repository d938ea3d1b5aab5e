"""What happened to tank or battery, and the thresholds. Times are microseconds since 1970."""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias

import numpy as np

from telemetry.fuel import layout
from telemetry.streams import Integers

CODE_VERSION: Final = 1
"""Raise it whenever the same readings give other events."""

Medium: TypeAlias = Literal["fuel", "electricity"]
Kind: TypeAlias = Literal["refuel", "drop", "jump", "charge"]
MEDIA: Final[tuple[Medium, Medium]] = ("fuel", "electricity")
_SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds of the fold; shares are of the tank, in permille. Another value: all anew."""

    rise_ml: int = 3_000  # a refuel is at least as much, and ...
    rise_permille: int = 50  # ... as much of the tank
    unsized_rise_ml: int = 5_000  # where the tank's size is not known
    fall_ml: int = 8_000  # a theft is at least as much ...
    fall_s: int = 600  # ... within this time
    still_ml: int = 2_500  # a reading of one stop differs beyond so much ...
    still_permille: int = 20
    close_ml: int = 800  # ... and three agree within so much
    close_permille: int = 15
    near_ml: int = 1_000  # readings on the move agree within so much ...
    near_permille: int = 60  # ... and so much of the tank
    over_permille: int = 1_100  # more than this of the tank is no reading
    spacing_s: int = 8  # readings closer together are one
    silence_s: int = 900  # a pause after which it may have been elsewhere
    confirm: int = 20  # readings on the move that confirm a change
    probation_s: int = 1_800  # ... once so much time has passed: a sensor may come back
    hold_s: int = 43_200  # a change that stands so long needs no drive to confirm it
    charged_permille: int = 20
    pause_s: int = 3_600  # charging that rests longer is another session

    def version(self) -> int:
        """31 bits over the code and every threshold."""
        text = json.dumps([CODE_VERSION, asdict(self)], sort_keys=True)
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


DEFAULT_RULES: Final = Rules()


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a vehicle holds and burns; 0 where that is not known."""

    tank_ml: int = 0
    battery_wh: int = 0
    norm_ml_per_100km: int = 0
    hybrid: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """Something went in or out. before and after: ml or permille; amount: ml or Wh.

    A jump's amount is signed: the sensor moved, not the fuel. error: what the amount may be off
    by, 19 times of 20. settled 0: what the next minutes say may still withdraw or refine it.
    """

    key: int  # 0 fuel, 1 electricity
    kind: Kind
    started: int
    ended: int | None
    last: int
    settled: int
    before: int | None
    after: int | None
    amount: int | None
    error: int | None
    confidence: int
    readings: int
    lon: int | None
    lat: int | None


@lru_cache(maxsize=4096)
def limits(capacity: Capacity, rules: Rules) -> Integers:
    """The thresholds for one vehicle, as the kernels read them; not to be changed."""
    tank = capacity.tank_ml

    def of_tank(permille: int) -> int:
        return tank * permille // 1000

    found = np.zeros(layout.PARAMETERS, np.int64)
    found[layout.P.most] = of_tank(rules.over_permille) + rules.near_ml if tank else 2_000_000
    found[layout.P.rise] = (
        max(rules.rise_ml, of_tank(rules.rise_permille)) if tank else rules.unsized_rise_ml
    )
    found[layout.P.still] = max(rules.still_ml, of_tank(rules.still_permille))
    found[layout.P.fall] = rules.fall_ml
    found[layout.P.close] = max(rules.close_ml, of_tank(rules.close_permille))
    found[layout.P.near] = rules.near_ml + (
        of_tank(rules.near_permille) if tank else rules.unsized_rise_ml
    )
    found[layout.P.norm] = capacity.norm_ml_per_100km
    found[layout.P.spacing] = rules.spacing_s * _SECOND_US
    found[layout.P.silence] = rules.silence_s * _SECOND_US
    found[layout.P.theft] = rules.fall_s * _SECOND_US
    found[layout.P.confirm] = rules.confirm
    found[layout.P.probation] = rules.probation_s * _SECOND_US
    found[layout.P.hold] = rules.hold_s * _SECOND_US
    found[layout.P.known] = 1 if tank else 0
    found[layout.P.charged] = rules.charged_permille
    found[layout.P.pause] = rules.pause_s * _SECOND_US
    found[layout.P.hybrid] = 1 if capacity.hybrid else 0
    return found
