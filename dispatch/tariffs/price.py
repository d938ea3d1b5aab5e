"""Money of a trip by tariff; pure."""

from collections.abc import Iterable

from dispatch.kernel.units import Fen
from dispatch.tariffs.model import DEFAULTS, Tariff


def class_tariff(tariffs: Iterable[Tariff], vehicle_class: str, pool_id: int) -> Tariff:
    """The price of a class: the platform's own, else the authority's, else the default.

    Raises:
        LookupError: nobody knows the class.
    """
    own: Tariff | None = None
    common: Tariff | None = None
    for tariff in (*DEFAULTS, *tariffs):
        if tariff.vehicle_class != vehicle_class:
            continue
        if tariff.pool_id == pool_id:
            own = tariff
        elif tariff.pool_id is None:
            common = tariff
    if own is None and common is None:
        raise LookupError(f"no tariff for class {vehicle_class}")
    return own or common or DEFAULTS[0]


def kilometre_fee(tariff: Tariff, metres: int) -> Fen:
    """What so many metres of one trip cost, rounded half up to the fen."""
    near = min(metres, tariff.beyond_m)
    milli_fen = near * tariff.km_price_fen + (metres - near) * tariff.km_price_beyond_fen
    return Fen((milli_fen + 500) // 1000)
