"""Where all vehicles are now, as arrays: a slot a vehicle, kept for the life of the process."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from dispatch.kernel.ids import DeviceId, VehicleId
from telemetry.live import LivePosition
from web.live.frames import RECORD, Duty, Motion, Records

COARSE_E7 = 100_000
"""The grid, 1e-7 degrees, on which other platforms see a vehicle: 0.01 degree, about 1 km."""

AGE_STEP_S = 10.0
MOVING_DKMH = 50


@dataclass(frozen=True, slots=True)
class Car:
    """A vehicle as the map names it, and the terminal that speaks for it since when."""

    vehicle_id: VehicleId
    plate: str
    pool_id: int
    vehicle_class: str
    device_id: DeviceId | None
    since: datetime | None

    @property
    def row(self) -> list[int | str]:
        """Handle, vehicle, plate, platform, class; the handle is the vehicle's id."""
        return [self.vehicle_id, self.vehicle_id, self.plate, self.pool_id, self.vehicle_class]


@dataclass(slots=True)
class Columns:
    """One value a slot. changed is the tick of the last change that a viewer can see."""

    handle: NDArray[np.uint32]
    lon: NDArray[np.int32]
    lat: NDArray[np.int32]
    heading: NDArray[np.uint8]
    kmh: NDArray[np.uint8]
    motion: NDArray[np.uint8]
    duty: NDArray[np.uint8]
    pool: NDArray[np.int32]
    at_s: NDArray[np.float64]
    placed: NDArray[np.bool_]
    changed: NDArray[np.int64]

    @classmethod
    def of(cls, size: int) -> "Columns":
        """Empty columns."""
        kinds = ["u4", "i4", "i4", "u1", "u1", "u1", "u1", "i4", "f8", "?", "i8"]
        return cls(*(np.zeros(size, dtype=kind) for kind in kinds))

    def grow(self) -> None:
        """Double the room."""
        for field in fields(self):
            old = getattr(self, field.name)
            setattr(self, field.name, np.concatenate([old, np.zeros_like(old)]))


class Fleet:
    """The picture that the hub keeps and all sockets read; lives as long as the hub."""

    def __init__(self) -> None:
        self.columns = Columns.of(256)
        self.cars: dict[VehicleId, Car] = {}
        self.named_at: dict[VehicleId, int] = {}
        self.last_named = -1
        self.tick = 0
        self._slots: dict[VehicleId, int] = {}
        self._vehicle_of: dict[DeviceId, VehicleId] = {}
        self._last: dict[DeviceId, LivePosition] = {}
        self._motion: dict[VehicleId, Motion] = {}

    @property
    def size(self) -> int:
        """Slots with room, used or not."""
        return len(self.columns.handle)

    def name(self, cars: Iterable[Car]) -> None:
        """Take the roster of this moment; a vehicle on another terminal moves with it."""
        roster = {car.vehicle_id: car for car in cars}
        for gone in self.cars.keys() - roster.keys():
            self._place(self.cars.pop(gone), None)
        self._vehicle_of = {c.device_id: i for i, c in roster.items() if c.device_id is not None}
        for vehicle_id, car in roster.items():
            before = self.cars.get(vehicle_id)
            if before == car:
                continue
            self.cars[vehicle_id] = car
            if before is None or before.row != car.row:
                self.named_at[vehicle_id] = self.last_named = self.tick
            self._place(car, None if car.device_id is None else self._last.get(car.device_id))

    def move(self, moved: Iterable[LivePosition]) -> None:
        """Take positions of devices; those on no vehicle are kept for when they are."""
        for position in moved:
            self._last[position.device_id] = position
            vehicle_id = self._vehicle_of.get(position.device_id)
            if vehicle_id is not None:
                self._place(self.cars[vehicle_id], position)

    def set_motion(self, states: Iterable[tuple[VehicleId, Motion]]) -> None:
        """Take what understanding says of vehicles' motion."""
        for vehicle_id, motion in states:
            self._motion[vehicle_id] = motion
            slot = self._slots.get(vehicle_id)
            if slot is not None and self.columns.motion[slot] != motion:
                self.columns.motion[slot] = motion
                self.columns.changed[slot] = self.tick

    def set_duty(self, duties: dict[VehicleId, Duty]) -> None:
        """Take what orders say of vehicles; who is not named has none."""
        duty = np.zeros_like(self.columns.duty)
        for vehicle_id, given in duties.items():
            if (slot := self._slots.get(vehicle_id)) is not None:
                duty[slot] = given
        self.columns.changed[duty != self.columns.duty] = self.tick
        self.columns.duty[:] = duty

    def records(self, slots: NDArray[np.intp], exact: NDArray[np.bool_], now: datetime) -> Records:
        """Pack vehicles.

        Args:
            slots: which.
            exact: for all slots; where False the position is coarse, speed and heading are 0.
            now: product time, for the age.
        """
        c = self.columns
        sharp = exact[slots]
        packed = np.zeros(len(slots), dtype=RECORD)
        packed["handle"] = c.handle[slots]
        packed["lon"] = np.where(sharp, c.lon[slots], coarse(c.lon[slots]))
        packed["lat"] = np.where(sharp, c.lat[slots], coarse(c.lat[slots]))
        packed["heading"] = np.where(sharp, c.heading[slots], 0)
        packed["kmh"] = np.where(sharp, c.kmh[slots], 0)
        packed["state"] = c.motion[slots] | (c.duty[slots] << 4)
        packed["age"] = np.clip((now.timestamp() - c.at_s[slots]) // AGE_STEP_S, 0, 255)
        return packed

    def _place(self, car: Car, position: LivePosition | None) -> None:
        slot = self._slot(car.vehicle_id)
        c = self.columns
        c.pool[slot] = car.pool_id
        c.changed[slot] = self.tick
        c.placed[slot] = position is not None and car.since is not None
        if position is None or car.since is None or position.ts < car.since:
            c.placed[slot] = False
            return
        c.lon[slot], c.lat[slot] = position.lon, position.lat
        c.heading[slot] = (position.heading or 0) % 360 // 2
        c.kmh[slot] = min(254, round((position.speed_dkmh or 0) / 10))
        c.at_s[slot] = position.ts.timestamp()
        c.motion[slot] = self._motion.get(car.vehicle_id, guess(position))

    def _slot(self, vehicle_id: VehicleId) -> int:
        slot = self._slots.setdefault(vehicle_id, len(self._slots))
        if slot == self.size:
            self.columns.grow()
        self.columns.handle[slot] = vehicle_id
        return slot


def coarse(e7: NDArray[np.int32]) -> NDArray[np.int32]:
    """The middle of the grid's cell."""
    return (e7 // COARSE_E7) * COARSE_E7 + np.int32(COARSE_E7 // 2)


def guess(position: LivePosition) -> Motion:
    """The motion of a vehicle that understanding has not judged yet, from one fix."""
    if position.speed_dkmh is not None and position.speed_dkmh >= MOVING_DKMH:
        return Motion.MOVING
    if position.ignition is None:
        return Motion.UNKNOWN
    return Motion.IDLING if position.ignition else Motion.PARKED
