"""The binary lane: a header of 8 bytes, then 16 bytes a vehicle, little-endian."""

import enum
import struct
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

VERSION = 1
AT_MOST = 65_535
"""Records in one frame; the count has 16 bits."""

HEADER = struct.Struct("<BBHI")
RECORD = np.dtype(
    [
        ("handle", "<u4"),
        ("lon", "<i4"),
        ("lat", "<i4"),
        ("heading", "u1"),
        ("state", "u1"),
        ("kmh", "u1"),
        ("age", "u1"),
    ]
)
Records: TypeAlias = NDArray[np.void]


class Kind(enum.IntEnum):
    """What a frame does to what the client holds."""

    DELTA = 1
    KEYFRAME = 2
    LEAVE = 3


class Motion(enum.IntEnum):
    """The low four bits of a state."""

    UNKNOWN = 0
    PARKED = 1
    MOVING = 2
    IDLING = 3
    OFFLINE = 4


class Duty(enum.IntEnum):
    """Bits 4 to 6 of a state."""

    NONE = 0
    ASSIGNED = 1
    RUNNING = 2
    MAINTENANCE = 3


def pack(kind: Kind, tick: int, records: Records) -> bytes:
    """One frame.

    Args:
        kind: of the frame.
        tick: what the client acknowledges; taken modulo 2**32.
        records: at most 65,535 of dtype RECORD.
    """
    return HEADER.pack(kind, VERSION, len(records), tick % 2**32) + records.tobytes()


def unpack(frame: bytes) -> tuple[Kind, int, Records]:
    """Read a frame: kind, tick, records.

    Raises:
        ValueError: another version, or a length that does not fit the count.
    """
    kind, version, count, tick = HEADER.unpack_from(frame)
    if version != VERSION or len(frame) != HEADER.size + count * RECORD.itemsize:
        raise ValueError("not a frame of this version")
    return Kind(kind), tick, np.frombuffer(frame, dtype=RECORD, offset=HEADER.size)
