"""What can be wrong with a fix. Fixes are flagged and counted, never dropped."""

from enum import IntFlag

FROZEN_DKMH = 200
NULL_ISLAND_E7 = 10_000


class Flag(IntFlag):
    """What is wrong with a fix."""

    ZERO = 1  # a receiver without a position: within 0.001 degrees of 0/0
    JUMP = 2  # nobody drives there in that time
    FROZEN = 4  # the very same position at 20 km/h or more
    COARSE = 8  # the device itself says it hardly knows
    MOVED = 16  # several jumped fixes agree: it is there, the way there is not counted


UNUSABLE = Flag.ZERO | Flag.JUMP | Flag.COARSE
