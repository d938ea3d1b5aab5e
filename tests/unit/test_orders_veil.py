"""What a rental would displace is named only to who may read it."""

import optimizer
from dispatch.orders.veil import named_in, veil_for
from tests.orders_city import CITY, DISPATCHER
from tests.tiny_days import HOUR, car, day, driver, task


def rented_though_a_move_makes_room():
    """Only car 1 seats the party of request 7; it carries request 8 of the other platform."""
    problem = day(
        [car(1, passenger_seats=6), car(2, pool=2)],
        [driver(1), driver(2, pool=2)],
        [task(7, 0, 1, 9 * HOUR, passengers=6), task(8, 0, 1, 9 * HOUR, pool=2, unit=2)],
    )
    board = optimizer.Board.of(problem)
    theirs = problem.task_of[8]
    board.take(theirs, optimizer.insert(board, theirs, only=(1,)).options[0].way)
    plan = optimizer.Plan(board.duties(), (optimizer.Rental(7, 1),), ())
    return problem, optimizer.explain(problem, plan, 7)


def test_moves_of_other_platforms_requests_are_counted():
    problem, found = rented_though_a_move_makes_room()
    assert [(m.task, m.from_vehicle, m.to_vehicle) for m in found.forced.moves] == [(8, 1, 2)]
    named = named_in(found)
    assert named == {8}
    assert veil_for(problem, named, CITY, {}).moves(found.forced) == (found.forced.moves, 0)
    assert veil_for(problem, named, DISPATCHER, {}).moves(found.forced) == ((), 1)


def test_reasons_keep_all_but_the_id_of_what_is_in_the_way():
    problem, found = rented_though_a_move_makes_room()
    veil = veil_for(problem, named_in(found), DISPATCHER, {})
    told, hidden = (
        {one.vehicle: one.facts for one in it.refused} for it in (found, veil.over(found))
    )
    assert told[1]["task"] == 8
    assert hidden == {**told, 1: told[1] | {"task": -2}}
