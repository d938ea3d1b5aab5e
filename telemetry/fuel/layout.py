"""The state of tank and battery: a vector of whole numbers that kernels and checkpoints share.

Unused places are 0, so that equal futures have equal vectors. Times are microseconds, levels ml.
"""

from typing import Final, NamedTuple

RECENT: Final = 24
"""Readings on the move that are remembered; they slosh, so many are needed."""
STILL: Final = 12
"""Readings of the present stop that are remembered."""
TAIL: Final = 7
"""Readings that differ from what is remembered, before it is known what they mean."""


class Basic(NamedTuple):
    """What is always there."""

    last_t: int = 0  # last reading taken
    last_standing: int = 1  # of that reading
    last_off: int = 2  # engine off at that reading
    device: int = 3
    moved: int = 4  # whether it moved since that reading
    stood: int = 5
    burn: int = 6  # burnt by the norm since then, 1e-8 ml
    lon: int = 7  # where it was last; PLACED says whether that is known
    lat: int = 8
    placed: int = 9
    recent_n: int = 10
    still_n: int = 11
    stop_before: int = 12  # the reading before the present or last stop; 0: nothing hangs on it
    stop_t: int = 13  # the first reading of that stop
    stop_level: int = 14
    agreed: int = 15  # readings on the move in a row that say nothing new
    claim_t: int = 16  # the device itself said that it was refuelled
    now_standing: int = 17  # at the last fix, reading or none
    now_off: int = 18


S: Final = Basic()
DOUBT: Final = 19


class Doubt(NamedTuple):
    """Places of a doubt: readings that differ; TAIL of them are kept."""

    n: int = 19  # how many are kept
    total: int = 20  # how many there were
    sign: int = 21
    before: int = 22  # the last reading that did not differ
    since: int = 23  # the first that did, if a stop showed it before the drive did
    still: int = 24  # level of the stop before, and of how many readings
    still_n: int = 25
    off: int = 26  # engine off and standing, just before
    stood: int = 27  # whether it stood, or may have stood, on the way
    moved: int = 28
    silence: int = 29  # the longest pause on the way
    back: int = 30  # readings in a row that do not differ
    swapped: int = 31  # another terminal
    first: int = 32  # the first that differs
    placed: int = 33  # where it was then
    lon: int = 34
    lat: int = 35


D: Final = Doubt()
HELD: Final = 36


class Held(NamedTuple):
    """Places of a change that is settled but may yet be withdrawn."""

    on: int = 36
    before: int = 37  # when
    after: int = 38
    amount: int = 39  # as first seen
    off: int = 40
    stood: int = 41
    moved: int = 42
    silence: int = 43
    swapped: int = 44
    still: int = 45  # level before, standing; of how many readings
    still_n: int = 46
    recent: int = 47  # level before, on the move
    recent_n: int = 48
    spread: int = 49  # of readings on the move
    in_stop: int = 50  # the stop in which it happened goes on
    sum: int = 51  # levels after, standing in that stop
    sum_n: int = 52
    gone: int = 53  # levels after, on the move
    gone_n: int = 54
    burn: int = 55  # burnt since it was settled, ml
    first: int = 56  # the first reading that differed
    placed: int = 57
    lon: int = 58
    lat: int = 59
    level: int = 60  # after, as first seen


H: Final = Held()
RECENT_T: Final = 61
RECENT_L: Final = RECENT_T + RECENT
STILL_T: Final = RECENT_L + RECENT
STILL_L: Final = STILL_T + STILL
TAIL_T: Final = STILL_L + STILL
TAIL_L: Final = TAIL_T + TAIL
TAIL_S: Final = TAIL_L + TAIL  # standing
BATTERY: Final = TAIL_S + TAIL


class Battery(NamedTuple):
    """Places of the battery; c_: of a charge."""

    t: int = 154  # the last reading and the one before it
    soc: int = 155
    standing: int = 156
    soc_before: int = 157
    seen: int = 158  # the reading that was taken last: the middle of three
    low_t: int = 159  # the least of the present stop, and when it was seen last
    low: int = 160
    c_on: int = 161
    c_from: int = 162
    c_low: int = 163
    c_upto: int = 164
    c_high: int = 165
    c_silence: int = 166
    c_readings: int = 167
    c_placed: int = 168
    c_lon: int = 169
    c_lat: int = 170


B: Final = Battery()
SESSION: Final = 161
SIZE: Final = 171


class Limit(NamedTuple):
    """Thresholds as the kernels get them; see Rules."""

    most: int = 0  # more is no reading
    rise: int = 1
    still: int = 2
    fall: int = 3
    close: int = 4  # readings of a stop that agree
    near: int = 5  # readings on the move that agree
    norm: int = 6  # ml per 100 km
    spacing: int = 7
    silence: int = 8
    theft: int = 9  # time in which it falls
    confirm: int = 10  # readings on the move that confirm a change
    hold: int = 11
    known: int = 12  # whether the tank's size is known
    charged: int = 13  # permille that make a charge
    pause: int = 14
    hybrid: int = 15  # its engine charges too
    probation: int = 16


P: Final = Limit()
PARAMETERS: Final = 17


class Column(NamedTuple):
    """Places of a row that comes out."""

    kind: int = 0
    started: int = 1
    ended: int = 2
    before: int = 3
    after: int = 4
    amount: int = 5
    error: int = 6
    confidence: int = 7
    readings: int = 8
    placed: int = 9
    lon: int = 10
    lat: int = 11


R: Final = Column()
OUT: Final = 12

NOTHING, REFUEL, DROP, JUMP, CHARGE = range(5)
