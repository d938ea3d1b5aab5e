"""What is said of a device and a day."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from dispatch.kernel.ids import DeviceId, VehicleId


class Reason(StrEnum):
    """What is wrong. Fixes are flagged for it, never dropped."""

    ZERO = "zero"
    JUMP = "jump"
    FROZEN = "frozen"
    COARSE = "coarse"
    CONFLICT = "conflict"
    PARKING_DRIFT = "parking_drift"
    CLOCK_BEHIND = "clock_behind"
    CLOCK_AHEAD = "clock_ahead"
    FROM_THE_FUTURE = "from_the_future"
    LATE_UPLOAD = "late_upload"
    WRONG_DATUM = "wrong_datum"
    ODOMETER_BACK = "odometer_back"
    ODOMETER_LEAP = "odometer_leap"
    ODOMETER_STUCK = "odometer_stuck"
    ODOMETER_VARIANCE = "odometer_variance"

    @property
    def words(self) -> tuple[str, str]:
        """In Chinese and in English."""
        return _WORDS[self]


_WORDS: Final = {
    Reason.ZERO: ("经纬度为 0/0，未定位", "0/0: a receiver without a position"),
    Reason.JUMP: ("位置跳变，车不可能这么快", "jumps that no car can drive"),
    Reason.FROZEN: ("车在行驶而位置不变", "the same position while driving"),
    Reason.COARSE: ("设备自报精度过低", "the device itself says it hardly knows"),
    Reason.CONFLICT: ("同一时刻有不同的数据", "several versions of one moment"),
    Reason.PARKING_DRIFT: ("停车时位置漂移", "positions wander while parked"),
    Reason.CLOCK_BEHIND: ("设备时钟偏慢", "the device's clock is behind"),
    Reason.CLOCK_AHEAD: ("设备时钟偏快", "the device's clock is ahead"),
    Reason.FROM_THE_FUTURE: ("数据时间在未来，已隔离", "times in the future, quarantined"),
    Reason.LATE_UPLOAD: ("数据迟到，补传", "buffered data that came late"),
    Reason.WRONG_DATUM: ("坐标系疑为 GCJ-02 或 BD-09", "positions seem to be GCJ-02 or BD-09"),
    Reason.ODOMETER_BACK: ("里程表倒退或清零", "the odometer fell or was reset"),
    Reason.ODOMETER_LEAP: ("里程表跳增", "the odometer leapt"),
    Reason.ODOMETER_STUCK: ("车在行驶而里程表不动", "the odometer stands while driving"),
    Reason.ODOMETER_VARIANCE: ("里程表与轨迹相差过大", "odometer and track disagree"),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """From when on something is worth saying."""

    drift_m: int = 50  # two fixes in a row at rest that lie further apart
    late_s: int = 300  # a fix that came so much later
    behind_s: int = 60  # no message of a day came sooner than this ...
    steady_s: int = 60  # ... and half of them no more than so much later: a clock, not a buffer
    ahead_s: int = 10  # one in twenty came so much before its own time
    few: int = 20  # from fewer fixes nothing is said about clock and datum
    near_m: int = 60  # on a road, or at home
    off_m: int = 150  # not on it
    leap_kmh: int = 300
    leap_m: int = 1_000
    variance_permille: int = 50
    variance_m: int = 2_000


DEFAULT_RULES: Final = Rules()


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason, how many fixes show it, and a figure in its unit.

    figure: seconds of clocks and delays, metres of drift, leaps and variance; else None.
    detail: of WRONG_DATUM which it seems to be.
    """

    reason: Reason
    count: int
    figure: int | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """A device on a business day; the worst finding first. vehicle_id: whose it was at the end."""

    device_id: DeviceId
    device: str
    vehicle_id: VehicleId | None
    day: date
    fixes: int
    findings: tuple[Finding, ...]
    computed_at: datetime
