"""The wire's documents, made from the messages themselves.

python -m telemetry.wire.document DOCS writes wire.schema.json and the tables of wire.md there.
"""

import json
import sys
from pathlib import Path
from typing import Any

from telemetry.wire.codec import json_schema

BEGIN, END = "<!-- fields: generated -->\n", "<!-- end of fields -->\n"


def schema_text() -> str:
    """The JSON Schema as a file."""
    return json.dumps(json_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def field_tables() -> str:
    """A Markdown table of fields for each message."""
    definitions: dict[str, dict[str, Any]] = json_schema()["$defs"]
    return "\n".join(_table(name, kind) for name, kind in sorted(definitions.items()))


def _table(name: str, kind: dict[str, Any]) -> str:
    required = set(kind.get("required", ()))
    rows = [
        f"| `{field}` | {_type(said)} | {'yes' if field in required else ''} | {_bounds(said)} |"
        for field, said in kind["properties"].items()
    ]
    head = f"### {name}\n\n{kind.get('description', '').splitlines()[0]}\n"
    return "\n".join([head, "| field | type | required | bounds |", "|---|---|---|---|", *rows, ""])


def _meant(said: dict[str, Any]) -> dict[str, Any]:
    """The part of a field's schema that is not null."""
    options = [one for one in said.get("anyOf", ()) if one.get("type") != "null"]
    return options[0] if options else said


def _type(said: dict[str, Any]) -> str:
    meant = _meant(said)
    if "enum" in meant:
        return ", ".join(f"`{one}`" for one in meant["enum"])
    return str(meant.get("format") or meant.get("type"))


def _bounds(said: dict[str, Any]) -> str:
    meant = _meant(said)
    words = []
    if "minimum" in meant:
        words.append(f"{meant['minimum']} to {meant['maximum']}")
    if "maxLength" in meant:
        words.append(f"{meant.get('minLength', 0)} to {meant['maxLength']} characters")
    if "description" in meant:
        words.append(meant["description"])
    return "; ".join(words)


def with_tables(document: str) -> str:
    """A document with its tables of fields made anew."""
    before, rest = document.split(BEGIN)
    return before + BEGIN + "\n" + field_tables() + "\n" + END + rest.split(END)[1]


def main(docs: Path) -> None:
    """Write both documents."""
    (docs / "wire.schema.json").write_text(schema_text(), encoding="utf-8")
    page = docs / "wire.md"
    page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
