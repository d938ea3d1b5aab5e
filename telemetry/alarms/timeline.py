"""What holds for each vehicle over time: the rules that apply to it, and the roads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

import numpy as np

from telemetry.alarms.context import Context, Judged, parameters
from telemetry.alarms.layout import RULES
from telemetry.alarms.model import Rule
from telemetry.alarms.thresholds import DEFAULTS, bounds
from telemetry.geofences import Fences
from telemetry.roads import RoadIndex
from telemetry.streams import END, Integers, Timeline


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said about a rule over [lo, hi), microseconds; None and missing keys: nothing.

    Neither pool nor vehicle: the authority.
    """

    rule: Rule
    pool_id: int | None
    vehicle_id: int | None
    enabled: bool | None
    shadow: bool | None
    parameters: Mapping[str, int]
    lo: int
    hi: int

    @property
    def rank(self) -> int:
        """The vehicle's word beats its platform's, which beats the authority's."""
        return 2 if self.vehicle_id is not None else 1 if self.pool_id is not None else 0


@dataclass(frozen=True, slots=True)
class Held:
    """Something that holds over [lo, hi): the platform of a vehicle, or a road set."""

    id: int
    lo: int
    hi: int


def judged(words: Iterable[Word]) -> dict[Rule, Judged]:
    """The rules as the words in force make them."""
    enabled = dict.fromkeys(RULES, True)
    values = {rule: asdict(DEFAULTS[rule]) for rule in RULES}
    for word in sorted(words, key=lambda w: w.rank):
        if word.enabled is not None:
            enabled[word.rule] = word.enabled
        # a parameter of another release is no reason to judge nothing
        known = bounds(word.rule)
        values[word.rule] |= {k: v for k, v in word.parameters.items() if k in known}
    return {r: Judged(enabled[r], type(DEFAULTS[r])(**values[r])) for r in RULES}


@dataclass(frozen=True, slots=True)
class World:
    """All that is the same for every vehicle."""

    words: Sequence[Word]
    road_sets: Sequence[Held]
    roads: Mapping[int, RoadIndex]
    outages: Integers
    fences: Fences

    def timeline(
        self, vehicle_id: int, pools: Sequence[Held], bound: Sequence[tuple[int, int]] = ()
    ) -> Timeline[Context]:
        """What holds for a vehicle from the beginning on.

        Args:
            vehicle_id: whose.
            pools: the platforms in which it was.
            bound: when a terminal was on it, oldest first; without one it is silent in peace.
        """
        quiet = excused(self.outages, bound)
        mine = {p.id for p in pools}
        words = [
            w for w in self.words
            if w.vehicle_id == vehicle_id or w.pool_id in mine or w.rank == 0
        ]  # fmt: skip
        spans = [(w.lo, w.hi) for w in words]
        spans += [(h.lo, h.hi) for h in (*pools, *self.road_sets)]
        edges = [t for span in spans for t in span]
        line: list[tuple[int, Context]] = []
        for t in sorted({0, *edges}):
            context = self._at(t, words, pools, quiet)
            if not line or not _same(line[-1][1], context):
                line.append((t, context))
        return tuple(line)

    def _at(self, t: int, words: Sequence[Word], pools: Sequence[Held], quiet: Integers) -> Context:
        pool = next((p.id for p in pools if p.lo <= t < p.hi), None)
        said = [
            w for w in words
            if w.lo <= t < w.hi and (w.rank == 0 or w.vehicle_id is not None or w.pool_id == pool)
        ]  # fmt: skip
        roads = next((self.roads[s.id] for s in self.road_sets if s.lo <= t < s.hi), None)
        row = parameters(judged(said), roads.slowest_kmh if roads else 0)
        if roads is None:
            return Context(row, outages=quiet, fences=self.fences)
        return Context(row, roads, quiet, self.fences)


def excused(outages: Integers, bound: Sequence[tuple[int, int]]) -> Integers:
    """(n, 2) when silence is not the vehicle's: our outages, and when it had no terminal."""
    bare = [(end, start) for (_, end), (start, _) in pairwise([*bound, (END, END)]) if end < start]
    if not bare:
        return outages
    spells: list[list[int]] = []
    for since, until in sorted([*map(tuple, outages.tolist()), *bare]):
        if spells and since <= spells[-1][1]:
            spells[-1][1] = max(spells[-1][1], until)
        else:
            spells.append([since, until])
    return np.array(spells, np.int64)


def _same(a: Context, b: Context) -> bool:
    return a.roads is b.roads and bool((a.parameters == b.parameters).all())
