"""The city as the document that fills a register (docs/register-import.md)."""

from datetime import timedelta
from typing import Any

from dispatch.kernel.calendar import local
from simulators.city import PROVIDERS, City, keeper_of

Json = dict[str, Any]
DEPOT_RADIUS_M = 120


def of(city: City) -> Json:
    """The import document of a city: everything by natural codes, valid from its first day."""
    return {
        "from": local(city.start).isoformat(),
        "pools": [
            {
                "code": p.code, "name": p.name, "name_en": p.name_en, "level": p.level,
                "adcode": p.adcode, "lon": p.lon, "lat": p.lat,
                "reserve_vehicles": 1 if p.cars > 6 else 0, "depot_radius_m": DEPOT_RADIUS_M,
            }
            for p in city.pools
        ],
        "rental_firms": [
            {
                "name": f.name, "vehicles": f.vehicles,
                "day_price_fen": f.day_price_fen, "km_price_fen": f.km_price_fen,
            }
            for f in city.firms
        ],
        "places": [
            {
                "code": n.id, "name": n.name_zh, "name_en": n.name, "kind": n.kind,
                "adcode": n.adcode, "lon": n.lon, "lat": n.lat,
            }
            for n in city.roads.nodes.values()
        ],
        "units": [
            {
                "code": u.code, "name": u.name, "pool": u.pool, "grassroots": u.grassroots,
                "lon": city.roads.nodes[u.node].lon, "lat": city.roads.nodes[u.node].lat,
            }
            for u in city.units
        ],
        "people": [
            {
                "code": p.code, "name": p.name, "unit": p.unit, "token": True,
                "grants": [{"role": p.role, "pool": p.pool, "unit": p.unit}],
            }
            for p in city.people
        ],
        "vehicles": [_vehicle(city, n) for n in range(len(city.cars))],
        "drivers": [
            {
                "person": d.code, "pool": d.pool, "licence_class": d.licence_class,
                "licence_until": d.licence_until.isoformat(),
            }
            for d in city.drivers
        ],
        "providers": sorted(set(PROVIDERS.values())),
        "calendar": {"years": [city.start.year], "days": []},
    }  # fmt: skip


def _vehicle(city: City, n: int) -> Json:
    car = city.cars[n]
    kind = car.kind
    until = (city.start + timedelta(days=60 + n % 300)).isoformat()
    return {
        "code": car.code, "pool": car.pool, "plate": car.plate, "model": car.model,
        "class": kind.cls, "category": car.category, "seats": kind.seats,
        "powertrain": kind.powertrain, "tank_ml": kind.tank_ml, "battery_wh": kind.battery_wh,
        "range_m": kind.range_m, "norm_ml_per_100km": kind.ml_per_100km or None,
        "norm_wh_per_100km": kind.wh_per_100km or None,
        "first_registered": car.first_registered.isoformat(),
        "home_lon": car.home_lon, "home_lat": car.home_lat,
        "insurance_until": until, "inspection_until": until,
        "fuel_card": car.card, "obu": car.obu, "device": car.device,
        "keeper": keeper_of(car.pool),
    }  # fmt: skip
