"""Time and ground: the horizon, the windows in it, the matrix, and drivers' hours."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from optimizer.limits import MOST_FEN, MOST_METRES, MOST_SECONDS, refuse, within

HOURS = 24
MOST_EPOCH = 1 << 40


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open period [start_s, end_s).

    `shift` numbers a driver's days of work: between duties in windows of different
    shifts lies the rest of `Hours.between_s`. Cars' windows leave it at 0.
    """

    start_s: int
    end_s: int
    shift: int = 0

    def __post_init__(self) -> None:
        refuse(_window_errors(self))


def _window_errors(window: Window) -> Iterator[str]:
    yield from within("window", start_s=(window.start_s, -MOST_SECONDS, MOST_SECONDS))
    yield from within("window", end_s=(window.end_s, window.start_s + 1, MOST_SECONDS))
    yield from within("window", shift=(window.shift, 0, 1000))


def orderly(owner: str, windows: tuple[Window, ...]) -> Iterator[str]:
    """A line if the windows overlap or are not in order of time."""
    if any(a.end_s > b.start_s for a, b in pairwise(windows)):
        yield f"{owner}: windows overlap or are not in order"


@dataclass(frozen=True, slots=True)
class Horizon:
    """The time planned for.

    Attributes:
        epoch: Unix time of second 0, usually local midnight of the first day.
        length_s: no duty ends later.
        now_s: no car leaves for a task that is not fixed before this.
        buffer_s: a car is at the origin this long before the start.
        start_step_s: a task with a window starts at earliest + k * step, nowhere else.
    """

    epoch: int
    length_s: int
    now_s: int = 0
    buffer_s: int = 0
    start_step_s: int = 900

    def __post_init__(self) -> None:
        refuse(
            within(
                "horizon",
                epoch=(self.epoch, -MOST_EPOCH, MOST_EPOCH),
                length_s=(self.length_s, 1, MOST_SECONDS),
                now_s=(self.now_s, 0, self.length_s),
                buffer_s=(self.buffer_s, 0, 86_400),
                start_step_s=(self.start_step_s, 60, 86_400),
            )
        )


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of drivers (domain rules H10 and H11); None or 0: no such rule.

    Attributes:
        break_after_s: most driving without a break of `break_s`.
        span_s: longest duty from leaving to being home; not of duties with an overnight task.
        between_s: rest between the duties of a driver in windows of different shifts.
    """

    break_after_s: int | None = None
    break_s: int = 1200
    span_s: int | None = None
    between_s: int = 0

    def __post_init__(self) -> None:
        after_s = 1 if self.break_after_s is None else self.break_after_s
        span_s = 1 if self.span_s is None else self.span_s
        refuse(
            within(
                "hours",
                break_after_s=(after_s, 1, MOST_SECONDS),
                break_s=(self.break_s, 1, 86_400),
                span_s=(span_s, 1, MOST_SECONDS),
                between_s=(self.between_s, 0, MOST_SECONDS),
            )
        )


NO_RULES = Hours()


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Seconds and metres from each place (row) to each place (column), both (n, n).

    Attributes:
        version: names the data they came from; a plan is checked against the same one.
        toll_fen: (n, n) toll of a car whose toll_percent is 100; None: no tolls.
        percent_by_hour: 24 factors for the seconds, by hour of the day (second 0 is
            midnight), in percent; empty: 100 always. A drive to a task has the factor of the
            hour in which the task starts, a drive home or to a charger that of the hour in
            which the task before it ends. Drives of tasks are given with the tasks.
    """

    seconds: NDArray[np.uint32]
    metres: NDArray[np.uint32]
    version: str
    toll_fen: NDArray[np.uint32] | None = None
    percent_by_hour: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        refuse(self._shape_errors())
        refuse(self._layer_errors("seconds", self.seconds, MOST_SECONDS))
        refuse(self._layer_errors("metres", self.metres, MOST_METRES))
        if self.toll_fen is not None:
            refuse(self._layer_errors("toll_fen", self.toll_fen, MOST_FEN))
        refuse(self._factor_errors())
        for name in ("seconds", "metres", "toll_fen"):
            if getattr(self, name) is not None:
                layer = np.array(getattr(self, name), dtype=np.uint32)
                layer.flags.writeable = False
                object.__setattr__(self, name, layer)

    def _shape_errors(self) -> Iterator[str]:
        n = len(self.seconds)
        for name in ("seconds", "metres", "toll_fen"):
            layer = getattr(self, name)
            if layer is not None and layer.shape != (n, n):
                yield f"matrix: {name} has shape {layer.shape}, must be ({n}, {n})"

    def _factor_errors(self) -> Iterator[str]:
        if len(self.percent_by_hour) not in (0, HOURS):
            yield f"matrix: percent_by_hour has {len(self.percent_by_hour)} values, must be 24"
        for hour, percent in enumerate(self.percent_by_hour):
            yield from within("matrix", **{f"percent of hour {hour}": (percent, 10, 1000)})

    @staticmethod
    def _layer_errors(name: str, layer: NDArray[np.generic], most: int) -> Iterator[str]:
        if layer.size and (int(layer.min()) < 0 or int(layer.max()) > most):
            yield f"matrix: {name} must be 0 to {most}"
        elif layer.size and np.diagonal(layer).any():
            yield f"matrix: {name} from a place to itself must be 0"

    @property
    def places(self) -> int:
        """How many places there are."""
        return len(self.seconds)
