"""The platforms' cars as capacity: what may be dispatched, by whom, and what it costs to run."""

from dispatch.pools.availability import Impediment, impediment
from dispatch.pools.model import CLASSES, Car, Firm, Pool
from dispatch.pools.store import cars, firms, pools

__all__ = ["CLASSES", "Car", "Firm", "Impediment", "Pool", "cars", "firms", "impediment", "pools"]
