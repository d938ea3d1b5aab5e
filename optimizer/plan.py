"""What was decided, what it costs, and how good it is known to be."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Call:
    """A party of a shared ride gets on or off."""

    task: int
    on: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """One task of a duty.

    Attributes:
        via_home: the car drives there by way of its home.
        charge: the place where it charges on the way, from arriving until it must leave;
            with `via_home` that is home.
        ride: the calls of a shared ride in order, `task` gets on first; empty: `task` alone.
            The car stands `Problem.call_s` at each call, or until that party's earliest start.
    """

    task: int
    start_s: int
    via_home: bool = False
    charge: int | None = None
    ride: tuple[Call, ...] = ()

    @property
    def tasks(self) -> tuple[int, ...]:
        """All tasks it serves."""
        return tuple(call.task for call in self.ride if call.on) or (self.task,)


@dataclass(frozen=True, slots=True)
class Duty:
    """One car with one driver, from leaving to being home; stops in order of start."""

    vehicle: int
    driver: int
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Rental:
    """A task served by a rental firm."""

    task: int
    firm: int


@dataclass(frozen=True, slots=True)
class Unserved:
    """A task nobody serves, and why: a reason code of `optimizer.Refused`."""

    task: int
    reason: str


@dataclass(frozen=True, slots=True)
class Costs:
    """Fen by kind.

    `idle_fen` is the way home of cars that stand elsewhere and have no duty; `moved_fen` and
    `quota_fen` are prices that nobody pays: of moving what is published, of going over a quota.
    """

    use_fen: int = 0
    loaded_fen: int = 0
    deadhead_fen: int = 0
    driver_fen: int = 0
    settlement_fen: int = 0
    rental_fen: int = 0
    idle_fen: int = 0
    toll_fen: int = 0
    moved_fen: int = 0
    quota_fen: int = 0

    @property
    def fen(self) -> int:
        """Their sum."""
        own = self.use_fen + self.loaded_fen + self.deadhead_fen + self.driver_fen
        others = self.settlement_fen + self.rental_fen + self.idle_fen + self.toll_fen
        return own + others + self.moved_fen + self.quota_fen


@dataclass(frozen=True, slots=True, order=True)
class Levels:
    """The objective, level by level: compared in this order, less is better.

    Attributes:
        unserved: sum of the priorities of the tasks nobody serves.
        rentals: how many tasks rental firms serve.
        fen: everything paid.
    """

    unserved: int
    rentals: int
    fen: int


@dataclass(frozen=True, slots=True)
class Bound:
    """No plan does better than this.

    Attributes:
        kind: the name of the relaxation, "none" when there is no bound.
        unserved: least possible unserved priority.
        rentals: least possible rentals, when `unserved` is reached by the plan; else 0.
        fen: least possible fen at the plan's first two levels, only when both are
            proven least; else None.
        at_levels: least fen of any plan whose first two levels are not above this plan's,
            whether those are proven or not; None: not known.
    """

    kind: str
    unserved: int = 0
    rentals: int = 0
    fen: int | None = None
    at_levels: int | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """Multipliers that prove a bound on `fen` x fen + `rental` x rentals + `unserved` x priority.

    All are in 1/1000 of the weighted unit; those of "at most" rows are not above 0. Windows
    are named by their start. Who has them can prove the bound again (docs/optimizer.md).

    Attributes:
        relaxed: what the pricing behind it did not keep, by name; empty: nothing.
        bound: the least weighted objective, so proven.
        tasks: (task, multiplier) of every task that is not fixed.
        cars, drivers: (id, start of the window, multiplier).
        runs: (vehicle, first fixed task, multiplier).
        lending: (pool, multiplier).
        firms: (firm, day, multiplier).
        quotas: (unit, day, multiplier).
    """

    fen: int
    rental: int
    unserved: int
    bound: int
    relaxed: tuple[str, ...] = ()
    tasks: tuple[tuple[int, int], ...] = ()
    cars: tuple[tuple[int, int, int], ...] = ()
    drivers: tuple[tuple[int, int, int], ...] = ()
    runs: tuple[tuple[int, int, int], ...] = ()
    lending: tuple[tuple[int, int], ...] = ()
    firms: tuple[tuple[int, int, int], ...] = ()
    quotas: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a car cannot take a task: the first rule broken, with its facts."""

    vehicle: int
    rule: str
    facts: dict[str, int | str]


@dataclass(frozen=True, slots=True)
class RentalProof:
    """Every car with one reason why it does not serve the rented task in this plan."""

    task: int
    refused: tuple[Refused, ...]


Engine = Literal["columns", "neighbourhoods", "greedy"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan for all tasks of a problem.

    Attributes:
        costs, levels: as the independent checker finds them.
        greedy: levels of the greedy plan of the same problem.
        fallback: why the engine asked for did not answer; None: it did.
        iterations: pricing rounds.
    """

    duties: tuple[Duty, ...]
    rentals: tuple[Rental, ...]
    unserved: tuple[Unserved, ...]
    costs: Costs = Costs()
    levels: Levels = Levels(0, 0, 0)
    greedy: Levels | None = None
    bound: Bound = Bound("none")
    engine: Engine = "greedy"
    matrix_version: str = ""
    seconds: float = 0.0
    bound_seconds: float = 0.0
    seed: int = 0
    iterations: int = 0
    proofs: tuple[RentalProof, ...] = ()
    fallback: str | None = None
    certificates: tuple[Certificate, ...] = ()

    @property
    def gap(self) -> float | None:
        """(fen - bound) / bound, only where a bound on fen is proven."""
        if self.bound.fen is None or self.bound.fen <= 0:
            return None
        return self.levels.fen / self.bound.fen - 1

    @property
    def gap_at_levels(self) -> float | None:
        """The same against plans that are not above this one's first two levels."""
        least = self.bound.fen if self.bound.at_levels is None else self.bound.at_levels
        if least is None or least <= 0:
            return None
        return self.levels.fen / least - 1
