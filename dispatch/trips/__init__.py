"""What was really driven: one trip a leg, measured three ways, with the variance."""

from dispatch.trips.model import (
    DEFAULT_RULE,
    Declared,
    DistanceRule,
    Distances,
    Source,
    Trip,
    declare,
)
from dispatch.trips.rules import InvalidRule
from dispatch.trips.rules import in_force as distance_rule
from dispatch.trips.rules import put as put_distance_rule
from dispatch.trips.service import TripLine, catch_up, on_day, refresh_leg, run

__all__ = [
    "DEFAULT_RULE",
    "Declared",
    "DistanceRule",
    "Distances",
    "InvalidRule",
    "Source",
    "Trip",
    "TripLine",
    "catch_up",
    "declare",
    "distance_rule",
    "on_day",
    "put_distance_rule",
    "refresh_leg",
    "run",
]
