"""The measuring scenario: many true cases and many more that only look like one, for each rule."""

from datetime import date
from typing import Final

from simulators.measure.ground import geojson, proving_ground
from simulators.measure.population import FULL, REDUCED, Size
from simulators.measure.session import Plan, run

FIRST_DAY: Final = date(2026, 3, 2)
"""A Monday; no holiday is near."""

__all__ = ["FIRST_DAY", "FULL", "REDUCED", "Plan", "Size", "geojson", "proving_ground", "run"]
