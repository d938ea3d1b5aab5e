"""Figures of fences: python -m tests.bench.fences -> build/bench/fences.json.

A car drives about a city for days; the fold of visits alone, one core, with 0, 20 and 200 fences
of 100 vertices each, the reference being the same with none.
"""

import math
import random
import time

import numpy as np

from telemetry.geofences import DEFAULT_RULES, Fence, Fences, State, fold, outline
from telemetry.streams import END, Fixes
from tests.bench.figures import at_least, at_most, figure, write
from tests.tracks import LAT, LON, T0, S

M_E7 = 6_371_008.8 * math.pi / 180 / 1e7
COS = math.cos(math.radians(LAT / 1e7))
TOWN_M = 15_000
FIXES = 1_000_000


def polygon(chance, vertices=100):
    """A star of 100 to 3,000 m somewhere in the city; one in twenty is a county."""
    radius = chance.uniform(100, 3_000) if chance.random() > 0.05 else 25_000
    x, y = chance.uniform(-TOWN_M, TOWN_M), chance.uniform(-TOWN_M, TOWN_M)
    turns = [2 * math.pi * k / vertices for k in range(vertices)]
    away = [radius * chance.uniform(0.6, 1) for _ in turns]
    ring = [
        [
            (LON + (x + a * math.cos(t)) / M_E7 / COS) / 1e7,
            (LAT + (y + a * math.sin(t)) / M_E7) / 1e7,
        ]
        for a, t in zip(away, turns, strict=True)
    ]
    return outline({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, None)


def city(count, seed=1):
    chance = random.Random(seed)
    return Fences([Fence(i, 0, END, polygon(chance)) for i in range(1, count + 1)])


def track(n, seed=1):
    """10 m/s, a fix every 10 s, wandering within the city."""
    chance = np.random.default_rng(seed)
    turn = np.cumsum(chance.normal(0, 0.3, n))
    x, y = np.cumsum(100 * np.cos(turn)), np.cumsum(100 * np.sin(turn))
    x, y = (np.abs((v + TOWN_M) % (4 * TOWN_M) - 2 * TOWN_M) - TOWN_M for v in (x, y))
    whole = np.zeros(n, np.int64)
    t = T0 + np.arange(n) * 10 * S
    lon, lat = (np.round(v).astype(np.int64) for v in (LON + x / M_E7 / COS, LAT + y / M_E7))
    unknown = whole - 1
    return Fixes(t, lon, lat, whole + 360, *([unknown] * 3), whole + 1, *([whole] * 4))


def bulk(fences, fixes):
    phase = np.ones(len(fixes), np.int64)
    began = time.process_time()
    _, visits = fold(State(), fixes, phase, fences, DEFAULT_RULES)
    return len(fixes) / (time.process_time() - began), len(visits)


def one_by_one(fences, fixes, n=5_000):
    phase, state = np.ones(1, np.int64), State()
    parts = [fixes.part(i, i + 1) for i in range(n)]
    began = time.process_time()
    for part in parts:
        state, _ = fold(state, part, phase, fences, DEFAULT_RULES)
    return (time.process_time() - began) / n * 1e6


def main():
    fixes = track(FIXES)
    bulk(city(2), fixes.part(0, 100))  # compiled, and loaded
    alone, _ = bulk(city(0), fixes)
    figures = [figure("fixes against no fence", alone, "fixes/s a core")]
    for count in (20, 200):
        speed, visits = bulk(city(count), fixes)
        said = f"no fence: {alone:,.0f}; {visits:,} visits"
        name = f"fixes against {count} fences of 100 vertices"
        figures.append(at_least(name, speed, "fixes/s a core", 500_000, said))
        spent = one_by_one(city(count), fixes)
        name = f"one fix at a time against {count} fences"
        figures.append(at_most(name, spent, "us a fix", 100))
    write("fences", figures)


if __name__ == "__main__":
    main()
