"""What all folds stand on: columns of fixes and signals, kernels, and what a stream of facts is."""

from telemetry.streams.compiled import Compiled, compiled
from telemetry.streams.contract import (
    AnyStream,
    Json,
    Memory,
    Phase,
    Piece,
    Stream,
    Timeline,
    Window,
)
from telemetry.streams.difference import (
    Difference,
    Fact,
    Span,
    Stored,
    difference,
    digest,
    spans,
)
from telemetry.streams.fixes import NO_FIXES, Fixes
from telemetry.streams.metres import Integers, step_mm, steps_mm
from telemetry.streams.signals import NO_SIGNALS, UNPLACED, Signal, Signals
from telemetry.streams.store import read_stored, write_rows
from telemetry.streams.times import END, POSTGRES_EPOCH_US, from_us, to_us

__all__ = [
    "END",
    "NO_FIXES",
    "NO_SIGNALS",
    "POSTGRES_EPOCH_US",
    "UNPLACED",
    "AnyStream",
    "Compiled",
    "Difference",
    "Fact",
    "Fixes",
    "Integers",
    "Json",
    "Memory",
    "Phase",
    "Piece",
    "Signal",
    "Signals",
    "Span",
    "Stored",
    "Stream",
    "Timeline",
    "Window",
    "compiled",
    "difference",
    "digest",
    "from_us",
    "read_stored",
    "spans",
    "step_mm",
    "steps_mm",
    "to_us",
    "write_rows",
]
