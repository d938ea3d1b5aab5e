"""What a kilometre of a lent car costs the platform that borrows it; effective-dated."""

from dispatch.tariffs.model import DEFAULTS, Tariff
from dispatch.tariffs.price import class_tariff, kilometre_fee
from dispatch.tariffs.store import in_force

__all__ = ["DEFAULTS", "Tariff", "class_tariff", "in_force", "kilometre_fee"]
