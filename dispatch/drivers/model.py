"""A driver at one instant."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from dispatch.kernel.ids import DriverId, PersonId, PoolId

Licence = Literal["C1", "B1", "A1"]


@dataclass(frozen=True, slots=True)
class Driver:
    """Somebody who drives for a platform."""

    id: DriverId
    person_id: PersonId
    name: str
    pool_id: PoolId
    licence: Licence
    licence_until: date
