"""The settings of a verb, with the log set up."""

import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dispatch.run.settings import Settings


@cache
def settings(level: str = "") -> "Settings":
    """Read the settings and set up the log, once a process.

    Args:
        level: of this process's own log, where it is not the one that is set.

    Raises:
        SetupError: a setting cannot be understood.
    """
    from pydantic import ValidationError

    from dispatch.kernel.errors import SetupError
    from dispatch.kernel.log import configure
    from dispatch.run.settings import Settings

    try:
        found = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"GONGCHE_{'_'.join(map(str, first['loc'])).upper()}"
        raise SetupError(f"{name}={first['input']!r}: {first['msg']}") from None
    at_terminal = sys.stderr.isatty()
    as_json = found.log_format == "json" or (found.log_format == "auto" and not at_terminal)
    configure(level or found.log_level, as_json=as_json)
    return found
