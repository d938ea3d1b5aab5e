"""Fixes and signals into what went into tank and battery: the outermost kernel."""

from telemetry.fuel.battery import charge_reading
from telemetry.fuel.change import tell
from telemetry.fuel.layout import BATTERY, DOUBT, REFUEL, H, P, R, S
from telemetry.fuel.levels import clear
from telemetry.fuel.tank import take
from telemetry.journeys import UNUSABLE
from telemetry.streams import Integers, Phase, Signal, compiled

_UNUSABLE = int(UNUSABLE)
_MOVING_DKMH = 50
_DRIVING, _AT_REST = int(Phase.DRIVING), int(Phase.AT_REST)
_LEVEL, _REFUELLING, _CHARGING = int(Signal.LEVEL), int(Signal.REFUELLING), int(Signal.CHARGING)
_STALE_US = 24 * 3_600_000_000
_AGAIN_US = 15 * 60_000_000


@compiled
def fold_energy(
    state: Integers,
    limits: Integers,
    t: Integers,
    fuel: Integers,
    soc: Integers,
    speed: Integers,
    ignition: Integers,
    device: Integers,
    phase: Integers,
    moved_mm: Integers,
    lon: Integers,
    lat: Integers,
    flags: Integers,
    signal_t: Integers,
    signal_kind: Integers,
    signal_fuel: Integers,
    signal_soc: Integers,
    signal_added: Integers,
    signal_device: Integers,
    out: Integers,
) -> int:
    """Take a piece; columns as in Piece. Of what carries one time, fixes come first.

    Args:
        state: see layout; changed in place.
        limits: thresholds.
        t: of fixes, as all up to flags.
        fuel: as above.
        soc: as above.
        speed: as above.
        ignition: as above.
        device: as above.
        phase: as above.
        moved_mm: as above.
        lon: as above.
        lat: as above.
        flags: as above.
        signal_t: of signals, as all up to signal_device.
        signal_kind: as above.
        signal_fuel: as above.
        signal_soc: as above.
        signal_added: as above.
        signal_device: as above.
        out: rows to fill, one for each fix and signal and two more.

    Returns:
        How many rows are filled.
    """
    done, i, j = 0, 0, 0
    while i < len(t) or j < len(signal_t):
        if i == len(t) or (j < len(signal_t) and signal_t[j] < t[i]):
            at, level, charge, whose = signal_t[j], signal_fuel[j], signal_soc[j], signal_device[j]
            kind, added = signal_kind[j], signal_added[j]
            j += 1
            if kind == _REFUELLING:
                done = take_claim(state, limits, at, level, added, out, done)
            elif kind != _LEVEL and kind != _CHARGING:
                continue
        else:
            at, level, charge, whose = t[i], fuel[i], soc[i], device[i]
            see_motion(state, limits, speed[i], ignition[i], phase[i], moved_mm[i])
            if not flags[i] & _UNUSABLE:
                state[S.placed], state[S.lon], state[S.lat] = 1, lon[i], lat[i]
            i += 1
        standing, off = state[S.now_standing], state[S.now_off]
        if level > 0:
            done = take(state, limits, at, level, standing, off, whose, out, done)
        if charge > 0:
            plugged = 1 if standing and (off or not limits[P.hybrid]) else 0
            done = charge_reading(state, limits, at, charge, plugged, out, done)
    return done


@compiled
def see_motion(
    state: Integers, limits: Integers, speed: int, ignition: int, phase: int, moved_mm: int
) -> None:
    """Whether it stands, and with its engine off."""
    standing = speed < _MOVING_DKMH if speed >= 0 else phase != _DRIVING
    off = standing and (ignition == 0 or (ignition < 0 and phase == _AT_REST))
    state[S.now_standing], state[S.now_off] = 1 if standing else 0, 1 if off else 0
    if state[S.last_t]:
        state[S.burn] += limits[P.norm] * moved_mm
        if standing:
            state[S.stood] = 1
        else:
            state[S.moved] = 1


@compiled
def take_claim(
    state: Integers, limits: Integers, t: int, fuel: int, added: int, out: Integers, done: int
) -> int:
    """The device itself says that it was refuelled; the rest as in take.

    Its word makes a refuel only where no level can: it has none, or none of the last day.
    """
    blind = not state[S.last_t] or t - state[S.last_t] > _STALE_US
    again = state[S.claim_t] and t - state[S.claim_t] < _AGAIN_US
    if blind and added > 0 and fuel <= 0 and not again:
        done = begin_anew(state, limits, out, done)
        row = out[done]
        row[R.kind], row[R.started], row[R.ended] = REFUEL, t, t
        row[R.before], row[R.after], row[R.amount] = -1, -1, added
        row[R.error], row[R.confidence], row[R.readings] = -1, 60, 0
        row[R.placed], row[R.lon], row[R.lat] = state[S.placed], state[S.lon], state[S.lat]
        done += 1
    state[S.claim_t] = t
    return done


@compiled
def begin_anew(state: Integers, limits: Integers, out: Integers, done: int) -> int:
    """Forget the tank's levels: what they would say next is told already."""
    if state[H.on]:
        done = tell(state, limits, out, done)
    clear(state, S.last_t, S.lon)
    clear(state, S.recent_n, S.claim_t)
    clear(state, DOUBT, BATTERY)
    return done
