"""Named SQL statements beside the code that uses them."""

import re
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


def statements(beside: str, file: str = "store.sql") -> dict[str, str]:
    """Read the statements of a .sql file.

    A statement starts at a line "-- name: snake_case" and ends at the next one.

    Args:
        beside: the caller's __file__.
        file: the name of the file in the same folder.

    Returns:
        Statements by name.

    Raises:
        ValueError: a name stands twice, or the file holds none.
    """
    parts = _NAME.split(Path(beside).with_name(file).read_text(encoding="utf-8"))
    named = {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}
    if not named or len(named) != len(parts) // 2:
        raise ValueError(f"{file}: no statement, or one name twice")
    return named
