"""Where the kernels keep what: the state, the parameters and the facts are rows of int64.

A run is two numbers: since when, and 0 none, 1 one fix, 2 several, 3 long enough. A slot is the
fact of a rule that is open: its fields are all 0 where there is none.
"""

from dataclasses import fields
from typing import Final

from telemetry.alarms.model import Rule
from telemetry.alarms.thresholds import DEFAULTS
from telemetry.streams import Signal

S: Final = 1_000_000
GAP_US: Final = 600 * S
"""A longer silence breaks runs, and is bridged by what the positions on both sides say."""
DAY_US: Final = 86_400 * S
ZONE_US: Final = 8 * 3_600 * S
"""Asia/Shanghai has had no other offset since 1992."""
DEFAULT_BLUR_DM: Final = 150
"""Accuracy where the device says none."""

# the state
HEARD: Final = 0  # last message of any kind
T: Final = 1  # last usable fix, and where it was
LON: Final = 2
LAT: Final = 3
DEVICE: Final = 4
IGNITION: Final = 5  # as last said by this device: 0 unknown, 1 off, 2 on
MOVING: Final = 6  # at T
BLIND: Final = 7  # at T
DRIVEN: Final = 8  # microseconds since the last rest
STOP: Final = 9  # the stop that may become a rest began then
DAY: Final = 10  # microseconds driven on the day of T
FROZEN_FROM: Final = 11  # last fix at this position before the odometer went on
FROZEN_T: Final = 12  # the fix after it: facts begin where nothing before is settled
FROZEN_M: Final = 13  # how far the odometer went
FROZEN_ON: Final = 14
IDLE_LON: Final = 15  # where the run of idling began
IDLE_LAT: Final = 16
CUT: Final = 17  # status power-cut in force since
SPEED_RUN: Final = 18
SPEED_RED_RUN: Final = 20
SPEED_BIT_RUN: Final = 22
TIRED_BIT_RUN: Final = 24
WARN_BIT_RUN: Final = 26
DAY_BIT_RUN: Final = 28
POWER_RUN: Final = 30
GNSS_RUN: Final = 32
IDLE_RUN: Final = 34
SLOTS: Final = 36

# a slot
STARTED: Final = 0
RAISED: Final = 1
RED: Final = 2
LAST: Final = 3
PEAK: Final = 4
BOUND: Final = 5
CAUSE: Final = 6
AT_LON: Final = 7
AT_LAT: Final = 8
SLOT: Final = 9

RULES: Final = tuple(DEFAULTS)
"""Rules in the order of their slots."""
SPEED_SLOT: Final = SLOTS
TIRED_SLOT: Final = SLOTS + SLOT
DAY_SLOT: Final = SLOTS + 2 * SLOT
SILENT_SLOT: Final = SLOTS + 3 * SLOT
POWER_SLOT: Final = SLOTS + 4 * SLOT
GNSS_SLOT: Final = SLOTS + 5 * SLOT
IDLE_SLOT: Final = SLOTS + 6 * SLOT
STATE: Final = SLOTS + len(RULES) * SLOT

RUNS_OF: Final = {
    Rule.OVERSPEED: (SPEED_RUN, SPEED_BIT_RUN),
    Rule.FATIGUE: (TIRED_BIT_RUN, WARN_BIT_RUN),
    Rule.DAILY_DRIVE: (DAY_BIT_RUN,),
    Rule.OFFLINE: (HEARD,),
    Rule.UNPLUGGED: (POWER_RUN, CUT),
    Rule.GNSS_FAULT: (GNSS_RUN, FROZEN_T),
    Rule.IDLE_LONG: (IDLE_RUN,),
}
"""Since when a fact may turn out to have begun; 0: none may."""

# the parameters: whether each rule is judged, the speed above which roads are looked up (in
# 0.001 km/h), then the thresholds of each rule in the order of their fields
ENABLED: Final = 0
LOOK_UP: Final = len(RULES)
_FIRST: Final = LOOK_UP + 1
_PLACES: Final = {
    (rule, f.name): _FIRST + i
    for i, (rule, f) in enumerate((r, f) for r in RULES for f in fields(DEFAULTS[r]))
}
PARAMETERS: Final = _FIRST + len(_PLACES)
CITY: Final = _PLACES[Rule.OVERSPEED, "city_kmh"]
EXPRESSWAY: Final = _PLACES[Rule.OVERSPEED, "expressway_kmh"]
OWN: Final = _PLACES[Rule.OVERSPEED, "own_kmh"]
OVER: Final = _PLACES[Rule.OVERSPEED, "over_pct"]
SPEED_FOR: Final = _PLACES[Rule.OVERSPEED, "for_s"]
RED_OVER: Final = _PLACES[Rule.OVERSPEED, "red_over_pct"]
RED_FOR: Final = _PLACES[Rule.OVERSPEED, "red_for_s"]
SPEED_HYSTERESIS: Final = _PLACES[Rule.OVERSPEED, "hysteresis_pct"]
ROAD_WITHIN: Final = _PLACES[Rule.OVERSPEED, "road_within_m"]
WARN: Final = _PLACES[Rule.FATIGUE, "warn_s"]
TIRED: Final = _PLACES[Rule.FATIGUE, "red_s"]
REST: Final = _PLACES[Rule.FATIGUE, "rest_s"]
STILL: Final = _PLACES[Rule.FATIGUE, "still_kmh"]
TIRED_FOR: Final = _PLACES[Rule.FATIGUE, "for_s"]
DAY_MOST: Final = _PLACES[Rule.DAILY_DRIVE, "most_s"]
DAY_FOR: Final = _PLACES[Rule.DAILY_DRIVE, "for_s"]
ON_SILENT: Final = _PLACES[Rule.OFFLINE, "on_s"]
PARKED_SILENT: Final = _PLACES[Rule.OFFLINE, "parked_s"]
SILENT_RED: Final = _PLACES[Rule.OFFLINE, "red_s"]
POWER_FOR: Final = _PLACES[Rule.UNPLUGGED, "for_s"]
GNSS_FOR: Final = _PLACES[Rule.GNSS_FAULT, "for_s"]
FROZEN_KMH: Final = _PLACES[Rule.GNSS_FAULT, "frozen_kmh"]
FROZEN_FOR: Final = _PLACES[Rule.GNSS_FAULT, "frozen_s"]
FROZEN_HYSTERESIS: Final = _PLACES[Rule.GNSS_FAULT, "hysteresis_pct"]
JUMP_M: Final = _PLACES[Rule.GNSS_FAULT, "jump_m"]
JUMP_S: Final = _PLACES[Rule.GNSS_FAULT, "jump_s"]
IDLE_FOR: Final = _PLACES[Rule.IDLE_LONG, "for_s"]
IDLE_STILL: Final = _PLACES[Rule.IDLE_LONG, "still_kmh"]
IDLE_HYSTERESIS: Final = _PLACES[Rule.IDLE_LONG, "hysteresis_pct"]
IDLE_WITHIN: Final = _PLACES[Rule.IDLE_LONG, "within_m"]
CLEAR: Final = tuple(_PLACES[rule, "clear_s"] for rule in RULES)

STATUS_ONLINE: Final = int(Signal.ONLINE)
STATUS_OFFLINE: Final = int(Signal.OFFLINE)
STATUS_CUT: Final = int(Signal.POWER_CUT)
