"""What is to be served: tasks, and what was decided of them before."""

from dataclasses import dataclass

from optimizer.limits import MOST_FEN, MOST_METRES, MOST_SECONDS, InvalidProblem, refuse, within


@dataclass(frozen=True, slots=True)
class Fixed:
    """Published, under way or done: this car, this driver, this start."""

    vehicle: int
    driver: int
    start_s: int

    def __post_init__(self) -> None:
        refuse(within("fixed", start_s=(self.start_s, -MOST_SECONDS, MOST_SECONDS)))


@dataclass(frozen=True, slots=True)
class Published:
    """Announced on this car at this start: it may still move, at a price."""

    vehicle: int
    start_s: int
    moved_fen: int

    def __post_init__(self) -> None:
        refuse(
            within(
                "published",
                start_s=(self.start_s, 0, MOST_SECONDS),
                moved_fen=(self.moved_fen, 0, MOST_FEN),
            )
        )


@dataclass(frozen=True, slots=True)
class Share:
    """The party may share its ride: it leaves within its window, and rides no longer."""

    max_ride_s: int

    def __post_init__(self) -> None:
        refuse(within("share", max_ride_s=(self.max_ride_s, 1, MOST_SECONDS)))


@dataclass(frozen=True, slots=True)
class Quota:
    """On a day (86,400 s from the epoch, by earliest start) a unit is served so many tasks.

    `over_fen` is the price of each task beyond; None: tasks beyond stay unserved.
    """

    unit: int
    day: int
    tasks: int
    over_fen: int | None = None

    def __post_init__(self) -> None:
        me = f"quota of unit {self.unit}"
        refuse(within(me, day=(self.day, 0, 40), tasks=(self.tasks, 0, 100_000)))
        refuse(within(me, over_fen=(self.over_fen or 0, 0, MOST_FEN)))


@dataclass(frozen=True, slots=True)
class Task:
    """One car for one party from origin to destination, without a break.

    Attributes:
        pool: who pays.
        duration_s: from start to the party's leaving the car: drives and waits.
        driving_s: the part of it that is driving.
        loaded_m: metres driven meanwhile.
        passengers: without the driver.
        classes: vehicle classes that may serve it; empty: any.
        priority: what leaving it unserved weighs.
        rental: a rental firm may serve it.
        toll_fen: of the party's way, for a car whose toll_percent is 100.
        head_driving_s, tail_driving_s: driving before the first and after the last standing
            of at least `Hours.break_s` during the task; None, both: it has no such standing.
        overnight: longer than a duty may be; its duty is exempt from `Hours.span_s`.
        published: where it is announced; not with `fixed`.
        share: it may share its ride with others; from origin straight to destination.
    """

    id: int
    pool: int
    unit: int
    origin: int
    destination: int
    earliest_s: int
    latest_s: int
    duration_s: int
    driving_s: int
    loaded_m: int
    passengers: int
    priority: int = 20
    classes: tuple[str, ...] = ()
    rental: bool = True
    fixed: Fixed | None = None
    toll_fen: int = 0
    head_driving_s: int | None = None
    tail_driving_s: int | None = None
    overnight: bool = False
    published: Published | None = None
    share: Share | None = None

    def __post_init__(self) -> None:
        refuse(
            within(
                f"task {self.id}",
                earliest_s=(self.earliest_s, 0, MOST_SECONDS),
                latest_s=(self.latest_s, self.earliest_s, MOST_SECONDS),
                duration_s=(self.duration_s, 1, MOST_SECONDS),
                driving_s=(self.driving_s, 0, self.duration_s),
                loaded_m=(self.loaded_m, 0, MOST_METRES),
                passengers=(self.passengers, 1, 100),
                priority=(self.priority, 1, 1000),
                toll_fen=(self.toll_fen, 0, MOST_FEN),
                head_driving_s=(self.head_driving_s or 0, 0, self.driving_s),
                tail_driving_s=(self.tail_driving_s or 0, 0, self.driving_s),
            )
        )
        if (self.head_driving_s is None) != (self.tail_driving_s is None):
            raise InvalidProblem([f"task {self.id}: head and tail of its driving go together"])
        if self.fixed is not None and self.published is not None:
            raise InvalidProblem([f"task {self.id}: what is fixed cannot also be published"])
