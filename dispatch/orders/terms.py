"""What platforms and firms agreed on, as a plan has it; pure."""

from collections.abc import Mapping
from typing import TypedDict

import optimizer
from dispatch.orders import costs
from dispatch.orders.model import Fleet


class Terms(TypedDict):
    """What platforms and firms agreed on."""

    pools: tuple[int, ...]
    firms: tuple[optimizer.RentalFirm, ...]
    settlements: tuple[optimizer.Settlement, ...]
    reserves: tuple[optimizer.Reserve, ...]


def terms(fleet: Fleet, lent: Mapping[int, int]) -> Terms:
    """Of cars that may be lent, those on loan already are not there for others."""
    return Terms(
        pools=tuple(p.id for p in fleet.pools),
        firms=tuple(
            optimizer.RentalFirm(f.id, f.vehicles, f.day_price_fen, f.km_price_fen)
            for f in fleet.firms
        ),
        settlements=tuple(
            optimizer.Settlement(a.id, b.id, 0, costs.SETTLEMENT_FEN_PER_KM)
            for a in fleet.pools
            for b in fleet.pools
            if a.id != b.id
        ),
        reserves=tuple(
            optimizer.Reserve(p.id, p.reserve_vehicles + lent.get(p.id, 0))
            for p in fleet.pools
            if p.reserve_vehicles
        ),
    )
