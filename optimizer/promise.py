"""Available to promise: whether one more task finds a car, and what would have to move for it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.board import Board
from optimizer.insert import duty_costs, insert
from optimizer.problem import Task
from optimizer.visits import alone


@dataclass(frozen=True, slots=True)
class Moves:
    """A task that goes to another car, or start."""

    task: int
    from_vehicle: int
    to_vehicle: int
    start_s: int
    fen: int


@dataclass(frozen=True, slots=True)
class Room:
    """How a task can be served by an own car.

    Attributes:
        vehicle, start_s: where.
        moves: tasks that make room first, in order; empty: there is room.
        fen: what it adds altogether, the moves' costs included.
    """

    task: int
    vehicle: int
    start_s: int
    moves: tuple[Moves, ...]
    fen: int


def room_for(board: Board, task: Task, *, seconds: float = 0.04, take: bool = False) -> Room | None:
    """Insertion first; else one task that is not fixed goes elsewhere to make room.

    Cars that could serve the task but for what they do then are tried, those first that do
    the least in its time. Ejecting one task after another stops at `seconds`.

    Args:
        board: is as it was afterwards, unless `take`.
        task: not on it.
        seconds: of wall time; a chance missed for want of time is not reported. 0: nothing moves.
        take: leave the task and the moves on the board.

    Returns:
        None where no single move makes room, as far as was looked.
    """
    direct = insert(board, task, limit=1, explain=False).options
    if direct:
        if take:
            board.take(task, direct[0].way)
        return Room(task.id, direct[0].vehicle, direct[0].start_s, (), direct[0].costs.fen)
    if seconds <= 0:
        return None
    deadline = time.perf_counter() + seconds
    best: Room | None = None
    for victim in _in_the_way(board, task):
        if time.perf_counter() > deadline:
            break
        found = _eject(board, task, victim)
        if found is not None and (best is None or found.fen < best.fen):
            best = found
    if best is not None and take:
        _eject(board, task, best.moves[0].task, take=True)
    return best


def _in_the_way(board: Board, task: Task) -> Iterator[int]:
    """Tasks of cars that fit, that touch the time of the task, the shortest first."""
    fits = board.fleet.fits(alone(task, task.earliest_s))
    found: list[tuple[int, int]] = []
    for chain in board.chains:
        if not chain.is_open or not fits[board.car_row[chain.slot.car.id]]:
            continue
        for visit in chain.visits:
            beside = visit.start_s < task.latest_s + task.duration_s + 7200
            if not visit.fixed and beside and task.earliest_s < visit.end_s + 7200:
                found.extend((visit.end_s - visit.start_s, i) for i in visit.ids)
    for _, victim in sorted(found):
        yield victim


def _eject(board: Board, task: Task, victim: int, *, take: bool = False) -> Room | None:
    """Take the victim off, put the task in, and the victim elsewhere; then undo it all."""
    c = board.chain_of[victim]
    saved = _fen(board, c)
    board.begin()
    found = None
    if board.drop(victim):
        quota_fen, _ = board.quota(board.tasks[victim])
        saved += (quota_fen or 0) - _fen(board, c)
        found = _swapped(board, task, victim, (c, saved))
    if take and found is not None:
        board.keep()
    else:
        board.undo()
    return found


def _fen(board: Board, c: int) -> int:
    return duty_costs(board, c, board.chains[c].visits, None)[0].fen


def _swapped(board: Board, task: Task, victim: int, was: tuple[int, int]) -> Room | None:
    """`was`: the chain that the victim left, and what that saved."""
    mine = insert(board, task, limit=1, explain=False).options
    if not mine:
        return None
    board.take(task, mine[0].way)
    moved = board.tasks[victim]
    theirs = insert(board, moved, limit=1, explain=False).options
    if not theirs:
        return None
    other = theirs[0]
    board.take(moved, other.way)
    left, saved = board.chains[was[0]].slot.car.id, was[1]
    moves = Moves(victim, left, other.vehicle, other.start_s, other.costs.fen - saved)
    return Room(task.id, mine[0].vehicle, mine[0].start_s, (moves,), mine[0].costs.fen + moves.fen)
