"""A trip and its distances; pure."""

import enum
from dataclasses import dataclass
from datetime import datetime


class Source(enum.StrEnum):
    """Where the declared kilometres come from."""

    DEVICE_ODOMETER = "device_odometer"
    GPS = "gps"
    DRIVER_ODOMETER = "driver_odometer"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Distances:
    """Metres of one trip as three witnesses saw them; None where one said nothing."""

    gps_m: int | None
    device_odometer_m: int | None
    driver_odometer_m: int | None
    empty_m: int | None


@dataclass(frozen=True, slots=True)
class Trip:
    """One leg as it was driven."""

    leg_id: int
    order_id: int
    vehicle_id: int
    driver_id: int
    started_at: datetime
    ended_at: datetime
    distances: Distances
    declared_m: int
    declared_source: Source
    variance_m: int | None


def declare(distances: Distances) -> tuple[int, Source, int | None]:
    """Choose the kilometres that accounting uses, and how far the witnesses are apart.

    The vehicle's own odometer counts turns of the wheel and has no gaps, so it
    comes first; GPS second; what the driver read and typed last.

    Returns:
        Metres, their source, and the largest difference between any two
        witnesses in metres (None with fewer than two).
    """
    witnesses = [
        (Source.DEVICE_ODOMETER, distances.device_odometer_m),
        (Source.GPS, distances.gps_m),
        (Source.DRIVER_ODOMETER, distances.driver_odometer_m),
    ]
    said = [(source, metres) for source, metres in witnesses if metres is not None and metres > 0]
    if not said:
        return 0, Source.NONE, None
    source, metres = said[0]
    values = [value for _, value in said]
    return metres, source, max(values) - min(values) if len(values) > 1 else None
