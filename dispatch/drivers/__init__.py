"""Who may drive what, and when somebody is on the roster."""

from dispatch.drivers.licence import MAX_DRIVING_S, needed_licence, suffices
from dispatch.drivers.model import Driver
from dispatch.drivers.store import drivers

__all__ = ["MAX_DRIVING_S", "Driver", "drivers", "needed_licence", "suffices"]
