"""Matrices from lines of roads, and what measured drives say."""

import heapq

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.travel import Line, Network, detours, great_circle_metres, percent_by_hour

DEGREE_M = 111_195.08


def line(*points, speed_mps=20.0, **said):
    return Line(np.array(points, dtype=float), speed_mps, **said)


def test_a_way_follows_the_lines_and_pays_their_toll():
    network = Network(
        [
            line((0, 0), (0.1, 0), (0.2, 0), toll_fen_per_km=100),
            line((0.1, 0), (0.1, 0.1)),
        ]
    )
    matrix = network.matrix(np.array([(0.0, 0.0), (0.1, 0.1), (0.2, 0.0)]))
    tenth = 0.1 * DEGREE_M
    assert np.allclose(matrix.metres[0], [0, 2 * tenth, 2 * tenth], atol=2)
    assert np.allclose(matrix.seconds[0], [0, 2 * tenth / 20, 2 * tenth / 20], atol=2)
    assert np.allclose(matrix.toll_fen[0], [0, tenth / 10, tenth / 5], atol=1)


def test_a_place_in_the_middle_of_a_line_is_reached_there():
    middle = [(x / 100, 0.0) for x in range(101)]
    network = Network([line(*middle)])
    matrix = network.matrix(np.array([(0.42, 0.001), (0.9, 0.0)]))
    road_m, access_m = 0.48 * DEGREE_M, 0.001 * DEGREE_M * 1.35
    assert abs(int(matrix.metres[0, 1]) - road_m - access_m) < 3


def test_one_way_roads_go_round_and_lost_places_by_great_circle():
    ring = Network(
        [
            line((0, 0), (0.1, 0), one_way=True),
            line((0.1, 0), (0.1, 0.1), one_way=True),
            line((0.1, 0.1), (0, 0), one_way=True),
        ]
    )
    matrix = ring.matrix(np.array([(0.0, 0.0), (0.1, 0.0), (5.0, 5.0)]))
    assert matrix.metres[1, 0] > 2 * matrix.metres[0, 1]
    straight = great_circle_metres(np.array((0.0, 0.0)), np.array((5.0, 5.0)))
    assert abs(int(matrix.metres[0, 2]) - 1.35 * straight) < 2
    assert "4 pairs by great circle" in matrix.version


def test_the_version_knows_lines_and_places():
    a = Network([line((0, 0), (0.1, 0))])
    assert a.version == Network([line((0, 0), (0.1, 0))]).version
    assert a.version != Network([line((0, 0), (0.1, 0), one_way=True)]).version
    here = np.array([(0.0, 0.0)])
    assert a.matrix(here).version != a.matrix(here + 0.01).version


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9))
def test_ways_are_those_of_plain_dijkstra(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 9))
    at = rng.uniform(0, 0.5, (n, 2)).round(5)
    pairs = [(a, b) for a in range(n) for b in range(n) if a < b and rng.random() < 0.5]
    pairs = pairs or [(0, 1)]
    speed = rng.uniform(10, 30, len(pairs))
    lines = [Line(at[list(p)], float(s)) for p, s in zip(pairs, speed, strict=True)]
    used = sorted({i for pair in pairs for i in pair})
    matrix = Network(lines).matrix(at[used])
    for row, source in enumerate(used):
        plain = dijkstra(at, pairs, speed, source)
        for column, goal in enumerate(used):
            straight = great_circle_metres(at[source], at[goal]) * 1.35 / (25 / 3.6)
            best = min(plain.get(goal, np.inf), straight)
            assert abs(int(matrix.seconds[row, column]) - best) <= 1.01


def dijkstra(at, pairs, speed, source):
    best, heap = {}, [(0.0, source)]
    while heap:
        done, node = heapq.heappop(heap)
        if node in best:
            continue
        best[node] = done
        for (a, b), mps in zip(pairs, speed, strict=True):
            if node in (a, b):
                other = b if node == a else a
                heapq.heappush(heap, (done + great_circle_metres(at[a], at[b]) / mps, other))
    return best


def test_hours_take_the_median_of_their_drives_and_few_drives_say_nothing():
    hour = np.array([8] * 40 + [12] * 40 + [3] * 5)
    driven = np.array([130.0] * 40 + [90.0] * 40 + [900.0] * 5)
    percent = percent_by_hour(hour, np.full(85, 100.0), driven)
    assert (percent[8], percent[12], percent[3]) == (130, 90, 130)
    assert percent_by_hour(hour[:5], np.full(5, 100.0), driven[:5]) == (100,) * 24


def test_detours_are_of_pools_with_enough_drives():
    pool = np.array([1] * 31 + [2] * 3)
    straight = np.full(34, 10_000.0)
    assert detours(pool, straight * 1.4, straight) == {1: 1.4}
