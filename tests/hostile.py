"""Payloads as no honest device sends them: by a seed, aware of what a message looks like."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

from telemetry.wire import Channel

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
GOOD = {
    Channel.FIX: b'{"ts":"2026-03-02T12:00:00Z","lon":117.2,"lat":34.2,"seq":7,"speed_kmh":42.5,'
    b'"heading":90,"accuracy_m":5,"ignition":true,"odometer_m":120000,"fuel_ml":41000,"flags":0}',
    Channel.FUEL: b'{"ts":"2026-03-02T12:00:00Z","kind":"refuelling","fuel_ml":50000,'
    b'"added_ml":9000,"soc_pct":55.5}',
    Channel.ETC: b'{"ts":"2026-03-02T12:00:00Z","obu":"OBU-1","gantry":"G-7","lon":117,"lat":34}',
    Channel.STATUS: b'{"ts":"2026-03-02T12:00:00Z","state":"power-cut","detail":"x"}',
    Channel.FUEL_CARD: b'{"txn":"T1","kind":"fuel","at":"2026-03-02T12:00:00Z","amount_fen":35000,'
    b'"card_no":"C-1","quantity_ml":45000,"lon":117,"lat":34}',
    Channel.TOLL: b'{"txn":"T2","kind":"toll","at":"2026-03-02T12:00:00Z","amount_fen":3500,'
    b'"entry_at":"2026-03-02T11:00:00Z","obu":"OBU-1"}',
}
VALUES = [
    *(b"NaN", b"-Infinity", b"1e999", b"-1e-999", b"-0", b"1" + b"0" * 5_000, b"0x10", b"1e5"),
    *(b"null", b"true", b"{}", b"[]", b'""', b'"\\u0000"', b'"\\ud800"', b'"\xed\xa0\x80"'),
    *(b'"\xff\xfe"', b'"\xc0\xaf"', b'"' + b"x" * 70_000 + b'"', b'"\\', b"9223372036854775808"),
    *(b"-9223372036854775809", b"2147483648", b"[" * 5_000, b'{"a":' * 5_000, b"1.5"),
    *(b'"9999-12-31T23:59:59-23:59"', b'"0001-01-01T00:00:00+23:59"', b'"2026-02-30T00:00:00Z"'),
    *(b'"2026-03-02T12:00:00"', b'"2026-03-02T24:00:00Z"', b'"2016-12-31T23:59:60Z"'),
    *('"２０２６-03-02T12:00:00Z"'.encode(), '"‮"'.encode(), b'"2026-03-02T12:00:00.1234567890Z"'),
]  # fmt: skip
AROUND = [b"", b"\x00", b"\xef\xbb\xbf", b"\xff\xfe", b" " * 1_000, b"[" * 20_000, b"{", b"]", b","]


def payloads(seed: int, count: int) -> Iterator[tuple[Channel, bytes]]:
    """So many hostile payloads with the channels they are for; the same for the same seed."""
    rng = random.Random(seed)
    channels = list(GOOD)
    for _ in range(count):
        channel = rng.choice(channels)
        body = GOOD[rng.choice(channels)] if rng.random() < 0.1 else GOOD[channel]
        for _ in range(rng.randrange(1, 4)):
            body = rng.choice(CHANGES)(rng, body)
        yield channel, body[: rng.choice((70_000, 70_000, 66_000))]


def _value(rng: random.Random, body: bytes) -> bytes:
    """Another value for one of the fields."""
    fields = body.split(b",")
    at = rng.randrange(len(fields))
    name, colon, _ = fields[at].partition(b":")
    end = b"}" if at == len(fields) - 1 else b""
    fields[at] = name + colon + rng.choice(VALUES) + end
    return b",".join(fields)


def _bytes(rng: random.Random, body: bytes) -> bytes:
    """Some bytes that are others."""
    changed = bytearray(body[:4_000]) or bytearray(b"{")
    for _ in range(rng.randrange(1, 9)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _cut(rng: random.Random, body: bytes) -> bytes:
    return body[: rng.randrange(len(body) + 1)]


def _splice(rng: random.Random, body: bytes) -> bytes:
    other = GOOD[rng.choice(list(GOOD))]
    return body[: rng.randrange(len(body) + 1)] + other[rng.randrange(len(other)) :]


def _many(rng: random.Random, body: bytes) -> bytes:
    """An array of it; now and then more than may be."""
    times = rng.choice((0, 1, 2, 3, 50, 1_000, 1_001))
    return b"[" + b",".join([body] * times)[:200_000] + b"]"


def _tiny(rng: random.Random, body: bytes) -> bytes:
    """Very many of what is too short for a message."""
    one = rng.choice((b"0", b"{}", b"[]", b'""', b'{"ts":0}'))
    return b"[" + b",".join([one] * rng.choice((1_000, 4_000))) + b"]"


def _around(rng: random.Random, body: bytes) -> bytes:
    return rng.choice(AROUND) + body + rng.choice(AROUND)


def _noise(rng: random.Random, body: bytes) -> bytes:
    return rng.randbytes(rng.choice((0, 1, 17, 400, len(body))))


def _twice(rng: random.Random, body: bytes) -> bytes:
    """A field that comes twice, or that nobody knows."""
    extra = rng.choice((b',"ts":"2026-03-02T12:00:01Z"', b',"":1', b',"__class__":{}', b',"lon":1'))
    return body[:-1] + extra + b"}"


CHANGES = [_value, _value, _value, _bytes, _cut, _splice, _many, _tiny, _around, _noise, _twice]
