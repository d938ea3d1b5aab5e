"""Work that raised, put aside with its traceback, so that the rest goes on."""

from telemetry.parking.each import try_each
from telemetry.parking.store import Parked, Room, Subject, park, parked, release

__all__ = ["Parked", "Room", "Subject", "park", "parked", "release", "try_each"]
