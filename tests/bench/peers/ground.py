"""What the ways of a reduced problem cost, as docs/optimizer.md has it; nobody else's arithmetic."""

import numpy as np
from numpy.typing import NDArray

import optimizer as o

NEVER = -1


class Ground:
    """Times and prices of the ways of one family, as docs/optimizer.md has them."""

    def __init__(self, problem: o.Problem, car: o.Vehicle) -> None:
        self.problem, self.car = problem, car
        tasks = problem.tasks
        self.origin = np.array([t.origin for t in tasks])
        self.goal = np.array([t.destination for t in tasks])
        self.start = np.array([t.earliest_s for t in tasks], dtype=np.int64)
        self.end = self.start + [t.duration_s for t in tasks]
        percent = np.array(problem.matrix.percent_by_hour or (100,) * 24, dtype=np.int64)
        self.before, self.after = (percent[s // 3600 % 24] for s in (self.start, self.end))
        n = problem.matrix.places
        tolls = problem.matrix.toll_fen
        self.tolls = np.zeros((n, n), np.int64) if tolls is None else tolls.astype(np.int64)
        self.metres = problem.matrix.metres.astype(np.int64)
        self.seconds = problem.matrix.seconds.astype(np.int64)

    def out(self) -> NDArray:
        """Fen from home to each task with the car's use, -1 where the window begins later."""
        home = self.car.home
        drive = self._drive(np.full_like(self.origin, home), self.origin, self.before)
        fen = self._km(self.metres[home, self.origin]) + self._toll(self.tolls[home, self.origin])
        fen += self._hour(drive + self.problem.horizon.buffer_s) + self.car.use_fen
        leave = self.start - self.problem.horizon.buffer_s - drive
        return np.where(leave >= max(self.car.windows[0].start_s, self.car.free_from_s), fen, NEVER)

    def home(self) -> NDArray:
        """Fen from each task home, -1 where the window ends before."""
        home = self.car.home
        drive = self._drive(self.goal, np.full_like(self.goal, home), self.after)
        fen = self._km(self.metres[self.goal, home]) + self._toll(self.tolls[self.goal, home])
        latest = min(self.car.windows[0].end_s, self.problem.horizon.length_s)
        return np.where(self.end + drive <= latest, fen + self._hour(drive), NEVER)

    def between(self) -> tuple[NDArray, NDArray]:
        """Fen from each task to each other one, -1 where it cannot; and where by way of home."""
        a, b = self.goal[:, None], self.origin[None, :]
        home, buffer_s = self.car.home, self.problem.horizon.buffer_s
        room = self.start[None, :] - buffer_s - self.end[:, None]
        drive = self._drive(a, b, self.before[None, :])
        direct = self._km(self.metres[a, b]) + self._toll(self.tolls[a, b])
        direct = direct + self._hour(room + buffer_s)
        direct = np.where(drive <= room, direct, np.iinfo(np.int64).max)
        back = self._drive(a, np.full_like(a, home), self.after[:, None])
        out = self._drive(np.full_like(b, home), b, self.before[None, :])
        by_home = self._km(self.metres[a, home] + self.metres[home, b])
        by_home = by_home + self._toll(self.tolls[a, home] + self.tolls[home, b])
        by_home = by_home + self._hour(back + out + buffer_s)
        by_home = np.where(back + out <= room, by_home, np.iinfo(np.int64).max)
        least = np.minimum(direct, by_home)
        return np.where(least < np.iinfo(np.int64).max, least, NEVER), by_home < direct

    def drive(self) -> NDArray:
        """Seconds from each task straight to each other one, with the buffer."""
        a, b = self.goal[:, None], self.origin[None, :]
        return self._drive(a, b, self.before[None, :]) + self.problem.horizon.buffer_s

    def serve(self) -> NDArray:
        """Fen of each task itself, -1 where the family cannot serve it."""
        return np.array([self._serve(task) for task in self.problem.tasks])

    def _serve(self, task: o.Task) -> int:
        car, problem = self.car, self.problem
        lent = task.pool != car.pool
        if lent and (not car.lendable or (car.pool, task.pool) in problem.refused):
            return NEVER
        if task.passengers > car.passenger_seats:
            return NEVER
        if task.classes and car.vehicle_class not in task.classes:
            return NEVER
        fen = self._km(task.loaded_m) + self._hour(task.duration_s) + self._toll(task.toll_fen)
        if lent:
            terms = problem.settlement[car.pool, task.pool]
            fen += terms.trip_fen + (task.loaded_m * terms.fen_per_km + 500) // 1000
        return int(fen)

    def _drive(self, a: NDArray, b: NDArray, percent: NDArray) -> NDArray:
        return (self.seconds[a, b] * percent + 50) // 100

    def _km(self, metres: NDArray) -> NDArray:
        return (metres * self.car.fen_per_km + 500) // 1000

    def _hour(self, seconds: NDArray) -> NDArray:
        return (seconds * self.problem.driver_fen_per_hour + 1800) // 3600

    def _toll(self, fen: NDArray) -> NDArray:
        return (fen * self.car.toll_percent + 50) // 100
