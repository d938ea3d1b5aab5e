"""Down from the LP to whole duties: links that it uses most are fixed, and it is settled anew.

A link is what follows what: two nodes, or ~lane and the first node, or the last node and ~lane.
Fixing links leaves more room than fixing whole duties: who drives on is decided late.
Source: A. Pepin, G. Desaulniers, A. Hertz, D. Huisman, "A comparison of five heuristics for the
multiple depot vehicle scheduling problem", Journal of Scheduling 12 (2009) 17, on truncated
column generation.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from optimizer.baseline import Decisions
from optimizer.bound import SCALE
from optimizer.choice import choose
from optimizer.engine import Engine
from optimizer.handout import decisions_of
from optimizer.link_paths import Tables
from optimizer.master import EngineFailed
from optimizer.paths import Column
from optimizer.streams import Streams
from optimizer.terrain import NEVER

ROUNDS = 20
# How much the LP may rise by a step before it is taken back, and links are fixed one by one.
RISE = 2e-4
WHOLE = 1e-6
# Links are fixed that carry at least so much, and at least so many of 500 tasks; the boldest
# dive lands first.
CAUTIONS = ((0.8, 8), (0.97, 4), (0.7, 6), (0.9, 2), (0.85, 3), (0.95, 1))
TASKS = 500
# A plan so near the bound is not looked for any better.
NEAR = 5e-5
COLUMNS_A_NODE = 12
TRIED_S = 20.0
Link = tuple[int, int]


@dataclass(frozen=True)
class Landed:
    """Whole duties, and the LP's value with them."""

    columns: list[Column]
    value: float


class Dive:
    """One way down; `seen` are the duties that its LPs used."""

    def __init__(self, streams: Streams, columns: Sequence[Column]) -> None:
        self.streams = streams.narrowed(columns)
        self.seen: dict[Column, None] = {}
        self._then: dict[int, int] = {}
        self._prior: dict[int, int] = {}
        self._barred: set[int] = set()

    def down(
        self, carries: float, many: int, most: float, more: Callable[[], bool]
    ) -> Landed | None:
        """Fix links until duties are whole; None: it costs `most` or more, or time is up."""
        value, room = self.streams.settle(ROUNDS), (carries, many)
        while value < most and more():
            used = self._used()
            if all(share > 1 - WHOLE for share in used.values()):
                return Landed(list(used), value)
            kept = (self.streams.tables, self._then.copy(), self._prior.copy())
            barred = self._barred.copy()
            links = self._fullest(used, *room)
            self._fix(links)
            risen, room = self.streams.settle(ROUNDS), (carries, many)
            if risen - value > RISE * abs(value) and len(links) > 1:
                self.streams.tables, self._then, self._prior = kept
                self._free(self._barred - barred)
                risen, room = self.streams.settle(ROUNDS), (1 - WHOLE, 1)
            value = risen
        return None

    def _used(self) -> dict[Column, float]:
        shares = self.streams.master.shares()
        columns = self.streams.pool.columns
        used = {columns[k]: float(shares[k]) for k in np.flatnonzero(shares > WHOLE)}
        self.seen |= dict.fromkeys(used)
        return used

    def _fullest(self, used: dict[Column, float], carries: float, least: int) -> list[Link]:
        """Links that are not fixed yet and carry enough, or the fullest of them."""
        flow: dict[Link, float] = {}
        for column, share in used.items():
            for link in links_of_duty(column):
                flow[link] = flow.get(link, 0.0) + share
        fixed = {*self._then.items(), *((a, b) for b, a in self._prior.items())}
        order = sorted(flow.keys() - fixed, key=lambda link: (-flow[link], link))
        enough = sum(flow[link] >= carries for link in order)
        return order[: max(enough, least)]

    def _fix(self, links: Sequence[Link]) -> None:
        old = self.streams.tables
        parts = (old.follow.copy(), old.first.copy(), old.last.copy())
        self.streams.tables = tables = Tables(old.after, old.kind, *parts)
        for a, b in links:
            if a >= 0:
                self._then[a] = b
            if b >= 0:
                self._prior[b] = a
            _only(tables, a, b)
        self._bar()

    def _bar(self) -> None:
        """Leave out the duties that break a fixed link."""
        columns = enumerate(self.streams.pool.columns)
        new = {k for k, c in columns if k not in self._barred and not self._may(c)}
        self._barred |= new
        self.streams.master.bar(new)

    def _free(self, columns: set[int]) -> None:
        self._barred -= columns
        self.streams.master.bar(columns, barred=False)

    def _may(self, column: Column) -> bool:
        then, prior = self._then, self._prior
        return all(
            (a < 0 or then.get(a, b) == b) and (b < 0 or prior.get(b, a) == a)
            for a, b in links_of_duty(column)
        )


def links_of_duty(column: Column) -> Iterator[Link]:
    """From its lane by its nodes to its lane."""
    return pairwise((~column.lane, *column.nodes, ~column.lane))


def _only(tables: Tables, a: int, b: int) -> None:
    """Let nothing but b come after a, and nothing but a before b."""
    if a >= 0 and b >= 0:
        kept = tables.follow[:, a, b].copy()
        tables.last[:, a] = tables.first[:, b] = NEVER
        tables.follow[:, a, :] = tables.follow[:, :, b] = NEVER
        tables.follow[:, a, b] = kept
    elif a < 0:
        fen = tables.first[~a, b]
        tables.first[:, b] = tables.follow[:, :, b] = NEVER
        tables.first[~a, b] = fen
    else:
        fen = tables.last[~b, a]
        tables.last[:, a] = tables.follow[:, a, :] = NEVER
        tables.last[~b, a] = fen


def dives(engine: Engine, streams: Streams) -> Iterator[Decisions]:
    """Plans, better and better, and at last the best over all that the dives' LPs used."""
    generated, until = engine.generated, 0.25 * engine.left()
    seen: dict[Column, None] = {}
    most = float("inf")
    nodes = len(engine.arcs.graph.nodes)
    for carries, many in CAUTIONS:
        if engine.left() < until or generated is None:
            break
        dive = Dive(streams, engine.promising(COLUMNS_A_NODE * nodes))
        try:
            landed = dive.down(
                carries, -(-many * nodes // TASKS), most, lambda: engine.left() > until
            )
        except EngineFailed:
            continue
        engine.pool.add(dive.streams.pool.columns)
        seen |= dive.seen
        if landed is not None:
            most = landed.value
            yield from _decided(engine, landed.columns, 0.0)
        if most - generated.bound <= NEAR * abs(most):
            return
    if generated is not None:
        # A better plan has no duty whose reduced cost is above the gap.
        gap = min((most - generated.bound) * SCALE, NEVER)
        columns = list(seen)
        below = engine.reduced(columns, generated) < gap
        yield from _decided(engine, [columns[k] for k in np.flatnonzero(below)], 0.0)


def _decided(engine: Engine, columns: list[Column], gap: float) -> Iterator[Decisions]:
    arcs, rows = engine.arcs, engine.rows
    seconds = min(TRIED_S, 0.5 * engine.left())
    found = choose(arcs, rows, engine.weights, columns, seconds=seconds, gap=gap)
    if found is not None:
        yield decisions_of(arcs, rows, columns, found)
