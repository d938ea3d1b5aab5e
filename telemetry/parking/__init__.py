"""Work that raised, put aside with its traceback, so that the rest goes on."""

from telemetry.parking.store import Parked, Room, Subject, park, parked, release

__all__ = ["Parked", "Room", "Subject", "park", "parked", "release"]
