"""Joining a shared ride: a new party gets on where a car drives others that share, too."""

from collections.abc import Iterator, Sequence

from optimizer.board import Board, Way
from optimizer.ground import NEVER
from optimizer.lanes import starts_of
from optimizer.limits import MOST_PARTIES
from optimizer.plan import Call
from optimizer.problem import Task
from optimizer.visits import Visit, alone, never_empty, shared
from optimizer.ways import best_ways


def joins(board: Board, task: Task) -> dict[int, tuple[int, Way]]:
    """For each car (row) the cheapest ride to join: what it adds, a quota left aside, and how."""
    best: dict[int, tuple[int, Way]] = {}
    fits = board.fleet.fits(alone(task, task.earliest_s))
    for c in sorted(board.sharing):
        chain = board.chains[c]
        row = board.car_row[chain.slot.car.id]
        for at, visit in enumerate(chain.visits if chain.is_open and fits[row] else ()):
            if not _may_meet(board, task, visit) or len(visit.tasks) == MOST_PARTIES:
                continue
            for ride in _rides(board, task, visit):
                found = _instead(board, c, at, ride)
                if found is not None and found[0] < best.get(row, (NEVER,))[0]:
                    best[row] = found
    return best


def _may_meet(board: Board, task: Task, visit: Visit) -> bool:
    first = visit.tasks[0][0]
    if first.share is None or task.share is None or not visit.shares:
        return False
    longest_s = task.share.max_ride_s
    begins_s = min(other.earliest_s for other, _ in visit.tasks)
    if begins_s > task.latest_s + longest_s or task.earliest_s > _ends_s(visit):
        return False
    after, before = _reaches(board, first, task), _reaches(board, task, first)
    return len(visit.tasks) > 1 or after or before


def _reaches(board: Board, first: Task, second: Task) -> bool:
    """Whether a car with one of two parties on board can be in time for the other."""
    matrix, call_s = board.problem.matrix, board.problem.call_s
    drive_s = int(matrix.seconds[first.origin, second.origin])
    soonest_s = drive_s * min(matrix.percent_by_hour or (100,)) // 100
    return first.earliest_s + call_s + soonest_s <= second.latest_s


def _ends_s(visit: Visit) -> int:
    """The latest moment at which somebody could still be on board."""
    return max(t.latest_s + (t.share.max_ride_s if t.share else 0) for t, _ in visit.tasks)


def _rides(board: Board, task: Task, visit: Visit) -> Iterator[Visit]:
    """Every place for getting on and off among the calls that there are, at every start."""
    tasks = {other.id: other for other, _ in (*visit.tasks, (task, 0))}
    only = visit.tasks[0][0].id
    calls = visit.calls or (Call(only, on=True), Call(only, on=False))
    for on in range(len(calls)):
        for off in range(on + 1, len(calls) + 2):
            order = [*calls[:on], Call(task.id, on=True), *calls[on:]]
            order.insert(off, Call(task.id, on=False))
            if not never_empty(order):
                continue
            for start_s in starts_of(board.problem, tasks[order[0].task]):
                ride = shared(board.problem, tasks, order, start_s)
                if ride is not None:
                    yield ride


def _instead(board: Board, c: int, at: int, ride: Visit) -> tuple[int, Way] | None:
    chain, car = board.chains[c], board.chains[c].slot.car
    if ride.passengers > car.passenger_seats:
        return None
    if car.pool in board.full_pools(t for t, _ in ride.tasks) and not chain.lent:
        return None
    visits = [*chain.visits[:at], ride, *chain.visits[at + 1 :]]
    fen = _price(board, c, visits)
    return None if fen is None else (fen[0], Way(c, at, ride, instead=True, crew=-1, ways=fen[1]))


def _price(board: Board, c: int, visits: Sequence[Visit]) -> tuple[int, tuple[int, ...]] | None:
    chain, frame = board.chains[c], board.frame_of(c)
    row = int(frame[0])
    rows = board.rows_of(visits)
    fen, ways = best_ways(board.land, board.fleet.rows[row], frame, rows, len(rows), NEVER)
    if fen >= NEVER:
        return None
    added = fen - chain.spent.fen
    for sign, theirs in ((1, visits), (-1, chain.visits)):
        for visit in theirs:
            doing = int(board.fleet.serving_fen(visit, [row])[0])
            doing += visit.moved_fen(chain.slot.car.id)
            added += sign * doing
    return added, tuple(ways.tolist())
