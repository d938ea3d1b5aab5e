"""What is to be planned: integers only, checked when it is built.

Units: seconds since the horizon's epoch, metres, fen. Places are row numbers of the
matrix. Every value object refuses to exist with a broken bound; `Problem` refuses to
exist with a broken reference.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from optimizer.ambient import NO_RULES, Horizon, Hours, Matrix, Window
from optimizer.demand import Fixed, Published, Quota, Share, Task
from optimizer.limits import MOST_FEN, MOST_METRES, MOST_SECONDS, InvalidProblem, refuse
from optimizer.supply import (
    LICENCE_RANK,
    Driver,
    Licence,
    Refusal,
    RentalFirm,
    Reserve,
    Settlement,
    Vehicle,
)

__all__ = [
    "LICENCE_RANK",
    "MOST_FEN",
    "MOST_METRES",
    "MOST_SECONDS",
    "Driver",
    "Fixed",
    "Horizon",
    "Hours",
    "InvalidProblem",
    "Licence",
    "Matrix",
    "Problem",
    "Published",
    "Quota",
    "Refusal",
    "RentalFirm",
    "Reserve",
    "Settlement",
    "Share",
    "Task",
    "Vehicle",
    "Window",
]


@dataclass(frozen=True)
class Problem:
    """One planning problem; construction checks every reference.

    Attributes:
        chargers: places where cars charge, at home only if home is one of them.
        min_charge_s: a charge lasts this long at least.
        call_s: standing at every call of a shared ride.

    Raises:
        InvalidProblem: with one line for each thing wrong.
    """

    horizon: Horizon
    matrix: Matrix
    pools: tuple[int, ...]
    vehicles: tuple[Vehicle, ...]
    drivers: tuple[Driver, ...]
    tasks: tuple[Task, ...]
    firms: tuple[RentalFirm, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    reserves: tuple[Reserve, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    driver_fen_per_hour: int = 0
    quotas: tuple[Quota, ...] = ()
    hours: Hours = NO_RULES
    chargers: tuple[int, ...] = ()
    min_charge_s: int = 1200
    call_s: int = 120

    def __post_init__(self) -> None:
        # Imported here: the rules speak of this class.
        from optimizer.references import errors

        refuse(errors(self))

    @cached_property
    def vehicle_of(self) -> dict[int, Vehicle]:
        """By id."""
        return {v.id: v for v in self.vehicles}

    @cached_property
    def driver_of(self) -> dict[int, Driver]:
        """By id."""
        return {d.id: d for d in self.drivers}

    @cached_property
    def task_of(self) -> dict[int, Task]:
        """By id."""
        return {t.id: t for t in self.tasks}

    @cached_property
    def settlement(self) -> dict[tuple[int, int], Settlement]:
        """By (lender, payer)."""
        return {(s.lender, s.payer): s for s in self.settlements}

    @cached_property
    def refused(self) -> frozenset[tuple[int, int]]:
        """Pairs (lender, payer) that are not served."""
        return frozenset((r.lender, r.payer) for r in self.refusals)

    @cached_property
    def lending_limit(self) -> dict[int, int]:
        """How many cars of each pool may serve others, where a reserve says so."""
        lendable = Counter(v.pool for v in self.vehicles if v.lendable)
        return {r.pool: max(0, lendable[r.pool] - r.vehicles) for r in self.reserves}
