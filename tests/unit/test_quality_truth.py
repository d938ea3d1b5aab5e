"""Kilometres and flags against a generated truth with noise: reliability goal R6."""

import math

import numpy as np

from telemetry import journeys
from telemetry.journeys import Flag
from telemetry.streams import Fixes
from tests.suite import FULL
from tests.tracks import LAT, LON, MM_PER_E7, T0, S

TRIPS = 2_000 if FULL else 200
EVERY_S = 10
COS = math.cos(math.radians(LAT / 1e7))


def motion(chance, seconds):
    """Speeds in m/s, one a second: legs of a town or a road, with halts at lights between."""
    speeds = []
    while len(speeds) < seconds:
        cruise = chance.choice([8, 12, 17, 25, 30])
        leg = int(chance.integers(60, 400))
        ramp = np.minimum(np.arange(leg), np.arange(leg)[::-1]) * 1.2
        speeds += list(np.minimum(cruise, ramp))
        speeds += [0.0] * int(chance.integers(0, 60))
    return np.array(speeds[:seconds])


def drift(chance, n, sigma_m, tau_s):
    """Errors of a receiver: they wander, as real ones do."""
    keep = math.exp(-1 / tau_s)
    noise = chance.normal(0, sigma_m * math.sqrt(1 - keep * keep), (n, 2))
    noise[0] = chance.normal(0, sigma_m, 2)
    for i in range(1, n):
        noise[i] += keep * noise[i - 1]
    return noise


def trip(seed):
    """Fixes of a trip between two parkings, metres truly driven, and which fixes were made jump."""
    chance = np.random.default_rng(seed)
    parked, driving = 600, int(chance.integers(600, 5400))
    speed = np.concatenate([np.zeros(parked), motion(chance, driving), np.zeros(parked)])
    turn = np.cumsum(chance.normal(0, 0.012, len(speed)) * (speed > 0)) + chance.uniform(0, 6)
    path = np.column_stack([np.cumsum(speed * np.cos(turn)), np.cumsum(speed * np.sin(turn))])
    truly_m = float(speed.sum())
    seen = path + drift(chance, len(path), 6, 60)
    at = np.arange(0, len(path), EVERY_S)
    shown, kmh = seen[at], np.maximum(0, speed[at] * 3.6 + chance.normal(0, 0.6, len(at)))
    jumped = chance.random(len(at)) < 0.01
    jumped[0] = False
    away = chance.uniform(1_500, 80_000, len(at)) * np.exp(1j * chance.uniform(0, 6.28, len(at)))
    shown = shown + np.column_stack([away.real, away.imag]) * jumped[:, None]
    lon = LON + np.round(shown[:, 0] * 1000 / MM_PER_E7 / COS).astype(np.int64)
    lat = LAT + np.round(shown[:, 1] * 1000 / MM_PER_E7).astype(np.int64)
    zero = (chance.random(len(at)) < 0.002) & ~jumped
    lon[zero] = lat[zero] = 0
    whole = np.zeros(len(at), np.int64)
    fixes = Fixes(
        *(T0 + at * S, lon, lat, np.round(kmh * 10).astype(np.int64), whole + 100),
        *(whole - 1, whole - 1, whole + 1, whole, whole - 1, whole - 1, whole),
    )
    return fixes, truly_m, jumped, zero


def test_kilometres_jumps_and_rejects_against_the_truth():
    errors, found, made, rejected, honest = [], 0, 0, 0, 0
    for seed in range(TRIPS):
        fixes, truly_m, jumped, zero = trip(seed)
        led = journeys.STREAM.lead(journeys.State(), fixes)
        refused = (led.flags & int(journeys.UNUSABLE)) != 0
        assert refused[zero].all()
        assert ((led.flags & int(Flag.ZERO)) != 0).sum() == zero.sum()
        made += int(jumped.sum())
        found += int((refused & jumped).sum())
        sound = ~jumped & ~zero
        honest += int(sound.sum())
        rejected += int((refused & sound).sum())
        measured_m = sum(j.gps_m for j in led.ended)
        errors.append(abs(measured_m - truly_m) / truly_m)
    p95 = sorted(errors)[math.ceil(0.95 * len(errors)) - 1]
    assert p95 <= 0.01, f"p95 of the distance error {p95:.4f}"
    assert found >= 0.99 * made, f"recall {found} of {made}"
    assert rejected <= 0.001 * honest, f"false rejects {rejected} of {honest}"
    print(f"p95 {p95:.4%}, recall {found / made:.4%}, false rejects {rejected / honest:.4%}")
