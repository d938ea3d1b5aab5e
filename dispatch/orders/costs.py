"""What a kilometre, a duty and an hour cost; the prices that plans are compared by.

Energy prices are those of 2025 in Anhui, rounded; wear, use and driver time are ours to
begin with. They steer the choice of cars and are no part of the books.
"""

from dispatch.pools import Car

PETROL_FEN_PER_L = 760
DIESEL_FEN_PER_L = 730
ELECTRIC_FEN_PER_KWH = 65
WEAR_FEN_PER_KM = 30
USE_FEN = 2_000
"""Taking a car out at all."""
DRIVER_FEN_PER_HOUR = 3_000
SETTLEMENT_FEN_PER_KM = 180
"""What a plan takes a lent kilometre to cost; the order itself is settled by tariff and class."""
PILE_W = 7_000
"""What a pile at a parking spot charges with."""
NORM_WH_PER_100KM = 15_000
TOLL_PERCENT = ((9, 100), (19, 178), (39, 244))
"""Seats up to which a class pays so much of class 1: 0.45, 0.80, 1.10 and 1.30 yuan/km."""
LARGEST_TOLL_PERCENT = 289
NORM_ML_PER_100KM = {"sedan": 7_800, "suv": 9_500, "mpv": 10_500, "midibus": 15_000}
LARGE_ML_PER_100KM = 25_000


def fen_per_km(car: Car) -> int:
    """Energy by the car's norm (its class's where it has none), and wear."""
    wh, ml = car.norm_wh_per_100km or 0, car.norm_ml_per_100km
    if ml is None:
        known = car.powertrain == "bev" or wh > 0
        ml = 0 if known else NORM_ML_PER_100KM.get(car.vehicle_class, LARGE_ML_PER_100KM)
    litre = DIESEL_FEN_PER_L if car.powertrain == "diesel" else PETROL_FEN_PER_L
    return round((ml * litre + wh * ELECTRIC_FEN_PER_KWH) / 100_000) + WEAR_FEN_PER_KM


def toll_percent(car: Car) -> int:
    """What a car pays of a toll of class 1."""
    return next((p for seats, p in TOLL_PERCENT if car.seats <= seats), LARGEST_TOLL_PERCENT)


def charge_m_per_hour(car: Car) -> int:
    """Range that an hour at a pile gives an electric car; 0 for others."""
    if car.powertrain != "bev":
        return 0
    return PILE_W * 100_000 // (car.norm_wh_per_100km or NORM_WH_PER_100KM)
