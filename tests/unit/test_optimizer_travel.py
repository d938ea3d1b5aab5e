"""Place matrices from roads and from great circles."""

import numpy as np
import pytest

from optimizer.travel import Road, Unreachable, detour_factor, great_circle_matrix, road_matrix


def both(a, b, metres, seconds):
    return [Road(a, b, metres, seconds), Road(b, a, metres, seconds)]


ROADS = [
    *both(0, 1, 1000, 100),
    *both(1, 2, 1000, 100),
    *both(0, 2, 1500, 900),
    Road(2, 3, 500, 60),
    Road(3, 0, 700, 70),
]


def test_routes_are_the_quickest_and_their_metres_go_along():
    matrix = road_matrix(4, ROADS, [0, 2, 3])
    assert matrix.seconds.tolist() == [[0, 200, 260], [130, 0, 60], [70, 270, 0]]
    assert matrix.metres.tolist() == [[0, 2000, 2500], [1200, 0, 500], [700, 2700, 0]]


def test_two_places_may_share_a_node_and_an_hour_may_be_slow():
    matrix = road_matrix(4, ROADS, [1, 1, 0], time_factor=1.5)
    assert matrix.seconds.tolist() == [[0, 0, 150], [0, 0, 150], [150, 150, 0]]
    assert matrix.metres[0, 2] == 1000


def test_the_version_names_the_data():
    same = road_matrix(4, list(reversed(ROADS)), [0, 2])
    assert same.version == road_matrix(4, ROADS, [0, 2]).version
    assert same.version != road_matrix(4, ROADS, [2, 0]).version
    assert same.version != road_matrix(4, ROADS, [0, 2], time_factor=2).version


def test_what_cannot_be_reached_is_said():
    with pytest.raises(Unreachable) as caught:
        road_matrix(3, [Road(0, 1, 10, 1)], [0, 1])
    assert caught.value.pairs == ((1, 0),)
    with pytest.raises(ValueError, match="more than 0"):
        road_matrix(2, [Road(0, 1, 0, 1)], [0])


def test_many_places_are_done_in_batches():
    n = 150
    ring = [road for i in range(n) for road in both(i, (i + 1) % n, 100, 10)]
    matrix = road_matrix(n, ring, range(n))
    away = np.abs(np.arange(n)[:, None] - np.arange(n))
    assert (matrix.seconds == 10 * np.minimum(away, n - away)).all()


def test_great_circles_know_a_degree_of_the_equator():
    matrix = great_circle_matrix(np.array([[0.0, 0.0], [1.0, 0.0]]), detour=1.0, speed_mps=10.0)
    assert matrix.metres.tolist() == [[0, 111195], [111195, 0]]
    assert matrix.seconds[0, 1] == 11120


def test_the_detour_is_the_median_of_what_was_driven():
    straight = np.array([100.0, 1000.0, 1000.0, 1000.0])
    assert detour_factor(np.array([900.0, 1200.0, 1300.0, 2000.0]), straight) == 1.3
    assert detour_factor(np.array([]), np.array([])) == 1.3
