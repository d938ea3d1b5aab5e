"""Free windows of cars and drivers, with what their multipliers charge for them."""

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.plan import Certificate
from optimizer.problem import Driver, Problem, Vehicle
from optimizer.proof_rooms import Room, Run, car_rooms, driver_rooms


@dataclass(frozen=True, slots=True)
class Place:
    """A free window of a car: where it stands, and what it is called to use it."""

    car: Vehicle
    stands: int
    room: Room
    charge: int

    @property
    def kind(self) -> tuple[object, ...]:
        """Equal for what duties cost and may the same in."""
        v = self.car
        who = (v.pool, v.vehicle_class, v.passenger_seats, v.licence, v.lendable, v.home)
        fen = (v.fen_per_km, v.use_fen, v.toll_percent)
        range_ = (v.range_m, v.charge_m_per_hour, v.free_from_s)
        return (*who, *fen, *range_, self.stands, self.room)


@dataclass(frozen=True, slots=True)
class Crew:
    """A free window of drivers alike, at the least charge of theirs."""

    driver: Driver
    room: Room
    charge: int


def places_of(problem: Problem, it: Certificate, runs: list[Run]) -> Iterator[Place]:
    """Every free window of every car."""
    charge = {(i, at): min(0, y) for i, at, y in it.cars}
    for car in problem.vehicles:
        theirs = [run for run in runs if run.car is car]
        for start_s, room in car_rooms(problem, car, theirs):
            yield Place(car, car.at, room, charge.get((car.id, start_s), 0))


def crews_of(problem: Problem, it: Certificate, runs: list[Run]) -> list[Crew]:
    """The free windows of drivers, those alike once."""
    charge = {(i, at): min(0, y) for i, at, y in it.drivers}
    best: dict[tuple[object, ...], Crew] = {}
    for driver in problem.drivers:
        theirs = [run for run in runs if run.driver is driver]
        for start_s, room in driver_rooms(problem, driver, theirs):
            crew = Crew(driver, room, charge.get((driver.id, start_s), 0))
            kind = (driver.pool, driver.licence, driver.max_driving_s, room)
            if kind not in best or crew.charge > best[kind].charge:
                best[kind] = crew
    return list(best.values())
