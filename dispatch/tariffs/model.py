"""Settlement tariffs of a vehicle class."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tariff:
    """Fen a kilometre up to a distance, and beyond it.

    Attributes:
        vehicle_class: as in the register.
        pool_id: the lending platform whose own price it is; None: of the whole authority.
        beyond_m: metres of one trip that cost the first price.
    """

    vehicle_class: str
    pool_id: int | None
    km_price_fen: int
    km_price_beyond_fen: int
    beyond_m: int


DEFAULTS: tuple[Tariff, ...] = (
    Tariff("sedan", None, 180, 160, 50_000),
    Tariff("suv", None, 220, 220, 50_000),
    Tariff("mpv", None, 250, 250, 50_000),
    Tariff("midibus", None, 400, 400, 50_000),
    Tariff("coach", None, 600, 600, 50_000),
    Tariff("special", None, 250, 250, 50_000),
)
"""In force where no row of the table `tariff` is: the kilometre prices of a university's
public vehicle tariff (sedan 1.8 yuan up to 50 km and 1.6 beyond, MPV 2.5, midibus 4, coach 6);
SUV and special are set in between."""
