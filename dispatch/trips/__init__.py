"""What was really driven: one trip a leg, measured three ways, with the variance."""

from dispatch.trips.model import Distances, Source, Trip, declare
from dispatch.trips.service import TripLine, catch_up, on_day, refresh_leg, run

__all__ = [
    "Distances",
    "Source",
    "Trip",
    "TripLine",
    "catch_up",
    "declare",
    "on_day",
    "refresh_leg",
    "run",
]
