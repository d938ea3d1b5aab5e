"""Distances, for kernels."""

from telemetry.streams import compiled, step_mm

apart_mm = compiled(step_mm)
"""step_mm as a kernel."""
