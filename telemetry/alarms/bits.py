"""Kernels: what the terminal itself says, in the bits of its fixes."""

from typing import Final

from telemetry.alarms.layout import (
    CUT,
    DAY_BIT_RUN,
    DAY_FOR,
    DAY_MOST,
    DAY_SLOT,
    DEVICE,
    ENABLED,
    GNSS_FOR,
    GNSS_RUN,
    GNSS_SLOT,
    IGNITION,
    POWER_FOR,
    POWER_RUN,
    POWER_SLOT,
    SPEED_BIT_RUN,
    SPEED_FOR,
    SPEED_SLOT,
    TIRED_BIT_RUN,
    TIRED_FOR,
    TIRED_SLOT,
    WARN,
    WARN_BIT_RUN,
    S,
)
from telemetry.alarms.runs import drop, drop_all, hold, redden, say
from telemetry.alarms.standing import thaw
from telemetry.streams import Integers, compiled
from telemetry.wire import ReportedFlag as Bit

SPEED_BIT: Final = int(Bit.OVERSPEED)
TIRED_BIT: Final = int(Bit.FATIGUE)
WARN_BIT: Final = int(Bit.FATIGUE_WARNING)
DAY_BIT: Final = int(Bit.DAY_DRIVE)
POWER_BITS: Final = int(Bit.POWER_CUT | Bit.CIRCUIT_CUT | Bit.BACKUP_BATTERY)
GNSS_BITS: Final = int(Bit.GNSS_MODULE | Bit.ANTENNA_OPEN | Bit.ANTENNA_SHORT)


@compiled
def other_terminal(s: Integers, device: int) -> None:
    """What the terminal before said of itself says nothing about this one."""
    s[DEVICE] = device
    s[IGNITION] = 0
    s[CUT] = 0
    drop(s, POWER_RUN)
    drop(s, GNSS_RUN)
    drop_all(s)
    thaw(s)


@compiled
def lit(
    s: Integers, is_lit: bool, run: int, slot: int, t: int, for_s: int, bound: int, cause: int
) -> bool:
    """Take a fix's bit; whether it is lit for long enough."""
    if not is_lit:
        drop(s, run)
        return False
    if not hold(s, run, t, for_s * S):
        return False
    say(s, slot, s[run], t, t, 0, bound, cause)
    return True


@compiled
def is_lit(s: Integers) -> bool:
    """Whether a bit was lit at the last fix."""
    lit_runs = s[SPEED_BIT_RUN] + s[TIRED_BIT_RUN] + s[WARN_BIT_RUN] + s[DAY_BIT_RUN]
    return bool(lit_runs + s[POWER_RUN] + s[GNSS_RUN] > 0)


@compiled
def listen(s: Integers, p: Integers, t: int, bits: int) -> None:
    """Take the bits of a fix, usable or not."""
    if not p[ENABLED]:
        bits &= ~SPEED_BIT
    if not p[ENABLED + 1]:
        bits &= ~(TIRED_BIT | WARN_BIT)
    if not p[ENABLED + 2]:
        bits &= ~DAY_BIT
    if not p[ENABLED + 4]:
        bits &= ~POWER_BITS
    if not p[ENABLED + 5]:
        bits &= ~GNSS_BITS
    lit(s, bits & SPEED_BIT != 0, SPEED_BIT_RUN, SPEED_SLOT, t, p[SPEED_FOR], 0, 2)
    lit(s, bits & WARN_BIT != 0, WARN_BIT_RUN, TIRED_SLOT, t, p[TIRED_FOR], p[WARN], 4)
    if lit(s, bits & TIRED_BIT != 0, TIRED_BIT_RUN, TIRED_SLOT, t, p[TIRED_FOR], p[WARN], 2):
        redden(s, TIRED_SLOT, t)
    lit(s, bits & DAY_BIT != 0, DAY_BIT_RUN, DAY_SLOT, t, p[DAY_FOR], p[DAY_MOST], 2)
    lit(s, bits & POWER_BITS != 0, POWER_RUN, POWER_SLOT, t, p[POWER_FOR], p[POWER_FOR], 1)
    lit(s, bits & GNSS_BITS != 0, GNSS_RUN, GNSS_SLOT, t, p[GNSS_FOR], 0, 1)
