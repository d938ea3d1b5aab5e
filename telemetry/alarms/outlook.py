"""What a state means at a time, if nothing more is heard. Silence never changes the state."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from telemetry.alarms import layout as at
from telemetry.alarms.driving import midnight
from telemetry.alarms.layout import CLEAR, DAY_US, RULES, SLOT, SLOTS, S
from telemetry.alarms.model import AlarmFact, Rule
from telemetry.alarms.silence import silent_since
from telemetry.streams import END, Integers

TELLS_PEAK: Final = (Rule.OVERSPEED, Rule.GNSS_FAULT)
"""Rules whose peak does not grow with time alone: it is told while the fact is open."""


def fact(rule: Rule, slot: list[int], ended: int | None) -> AlarmFact:
    """A slot's fields as a fact."""
    return AlarmFact(
        key=int(rule),
        started=slot[at.STARTED],
        raised=slot[at.RAISED],
        red=slot[at.RED] or None,
        ended=ended,
        last=END if ended is None else ended,
        peak=slot[at.PEAK] if ended is not None or rule in TELLS_PEAK else 0,
        bound=slot[at.BOUND],
        cause=slot[at.CAUSE],
        lon=slot[at.AT_LON],
        lat=slot[at.AT_LAT],
    )


def slots(s: list[int]) -> Iterator[tuple[int, Rule, list[int]]]:
    """The open facts of a state: number, rule, fields."""
    for i, rule in enumerate(RULES):
        slot = s[SLOTS + i * SLOT : SLOTS + (i + 1) * SLOT]
        if slot[at.STARTED]:
            yield i, rule, slot


def under_way(
    s: list[int], p: list[int], as_of: int, excused: int, outages: Integers
) -> tuple[list[AlarmFact], int | None]:
    """See Stream.under_way; s and p are the state and the parameters as lists."""
    held = {rule: (i, slot) for i, rule, slot in slots(s)}
    bare = _bare(outages, as_of)
    until = as_of if bare is None else bare
    wakes = [_cut(s, p, until, held), _silent(s, p, until, excused, outages, held)]
    facts = []
    for rule, (i, slot) in sorted(held.items()):
        if bare is not None:
            facts.append(fact(rule, slot, min(slot[at.LAST], max(bare, slot[at.STARTED]))))
            continue
        over = _over(s, p, i, rule, slot, excused) if p[i] else 0
        if over is not None and as_of >= over:
            facts.append(fact(rule, slot, slot[at.LAST]))
        else:
            facts.append(fact(rule, slot, None))
            wakes.append(over)
    if bare is not None:
        return facts, None
    return facts, min((w for w in wakes if w is not None), default=None)


Held = dict[Rule, tuple[int, list[int]]]


def _bare(outages: Integers, as_of: int) -> int | None:
    """Since when it has had no terminal, for good; None: it has one."""
    if not len(outages) or outages[-1, 1] < END or outages[-1, 0] >= as_of:
        return None
    return int(outages[-1, 0])


def _over(
    s: list[int], p: list[int], i: int, rule: Rule, slot: list[int], excused: int
) -> int | None:
    """When silence alone ends an open fact; None: never."""
    clear = max(slot[at.LAST], excused) + p[CLEAR[i]] * S + 1
    if rule is Rule.FATIGUE and s[at.DRIVEN] >= p[at.WARN] * S:
        return max(clear, max(s[at.STOP] or s[at.T], excused) + p[at.REST] * S)
    if rule is Rule.DAILY_DRIVE and s[at.DAY] > p[at.DAY_MOST] * S:
        return max(clear, midnight.plain(s[at.T]) + DAY_US)
    if rule is Rule.UNPLUGGED and _powerless(s):
        return None
    if rule is Rule.OFFLINE and slot[at.LAST] == END:
        return None
    return clear


def _powerless(s: list[int]) -> bool:
    return s[at.CUT] > 0 or s[at.POWER_RUN + 1] == 3


def _cut(s: list[int], p: list[int], as_of: int, held: Held) -> int | None:
    """A status power-cut goes on in silence; returns when that will be long enough."""
    i = RULES.index(Rule.UNPLUGGED)
    raised = s[at.CUT] + p[at.POWER_FOR] * S
    if not s[at.CUT] or not p[i] or Rule.UNPLUGGED in held:
        return None
    if as_of < raised:
        return raised
    where = (s[at.LON], s[at.LAT])
    slot = [s[at.CUT], raised, 0, max(raised, s[at.HEARD]), 0, p[at.POWER_FOR], 2, *where]
    held[Rule.UNPLUGGED] = i, slot
    return None


def _silent(
    s: list[int], p: list[int], as_of: int, excused: int, outages: Integers, held: Held
) -> int | None:
    """A terminal that is silent at as_of; returns when that will be too long, or red."""
    i = RULES.index(Rule.OFFLINE)
    if not s[at.HEARD] or not p[i] or s[at.BLIND]:
        return None
    on = s[at.IGNITION] == 2 or (s[at.IGNITION] == 0 and s[at.MOVING] == 1)
    longest = (p[at.ON_SILENT] if on else p[at.PARKED_SILENT]) * S
    known = _excused(outages, s[at.HEARD], as_of, excused)
    start = int(silent_since.plain(s[at.HEARD], as_of, longest, known))
    if not start:
        stretch: int = max([s[at.HEARD], *known[:, 1].tolist()])
        return stretch + longest + 1 if stretch < END else None
    red = start + p[at.SILENT_RED] * S
    where = (s[at.LON], s[at.LAT])
    fresh = [start, start + longest, 0, END, 0, longest // S, 1 if on else 2, *where]
    _, slot = held.get(Rule.OFFLINE, (i, fresh))
    slot[at.LAST] = END
    if as_of > red:
        slot[at.RED] = slot[at.RED] or red
    held[Rule.OFFLINE] = i, slot
    if Rule.UNPLUGGED in held and _powerless(s):
        cut = held[Rule.UNPLUGGED][1]
        cut[at.RED] = cut[at.RED] or start + longest
    return red + 1 if as_of <= red else None


def _excused(outages: Integers, heard: int, as_of: int, excused: int) -> Integers:
    """The outages since it was heard; one that is not known yet ended at `excused`."""
    if excused <= heard and not len(outages):
        return outages
    mine = outages[(outages[:, 1] > heard) & (outages[:, 0] < as_of)]
    if excused <= heard or (len(mine) and mine[-1, 1] >= excused):
        return mine
    since = max(heard, int(mine[-1, 1])) if len(mine) else heard
    return np.concatenate([mine, np.array([[since, excused]], np.int64)])
