"""JSON Schema of problems and plans: `python -m optimizer.schema > docs/optimizer.schema.json`."""

import inspect
import sys

import msgspec

from optimizer.codec import ProblemDocument
from optimizer.plan import Plan


def schema() -> bytes:
    """Of both documents; bounds and references between the parts are not in it."""
    kinds, parts = msgspec.json.schema_components((ProblemDocument, Plan))
    for part in parts.values():
        part["description"] = inspect.cleandoc(part.get("description", ""))
    told = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A planning problem, or a plan",
        "anyOf": list(kinds),
        "$defs": parts,
    }
    text = msgspec.json.encode(told, order="deterministic")
    return msgspec.json.format(text, indent=1) + b"\n"


if __name__ == "__main__":
    sys.stdout.buffer.write(schema())
