"""Machine code for the loops that look at every car: numba, kept on disk where it can be."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import ParamSpec, Protocol, TypeVar, cast

from numba import njit
from numba.core import types

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a module-level function at its first call, or load it from the disk.

    The code is kept beside the module or in the user's cache directory; where neither can be
    written it is compiled again in each process. numba looks for changes in the function's
    own file alone, so the files of what it calls, and what they import, are told by its name.
    """
    return _compiled(function)


def lean(function: Callable[P, R]) -> Callable[P, R]:
    """The same for a function that makes no arrays: it does not count references to any.

    Counting took two thirds of the time of kernels that hand many arrays on.
    """
    return _compiled(function, _nrt=False)


def _compiled(function: Callable[P, R], **options: bool) -> Callable[P, R]:
    # numba does not tell type checkers of all its options.
    compiler = cast("Callable[..., Callable[[object], Callable[P, R]]]", njit)
    plain = cast("FunctionType", function)
    plain.__qualname__ += "_" + _digest(plain.__globals__)[:12]
    try:
        made = compiler(cache=True, nogil=True, **options)(plain)
    except RuntimeError:  # nowhere to keep it
        made = compiler(nogil=True, **options)(plain)
    _once_for_all_constants(cast("_Dispatcher", made))
    return made


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """A small function that becomes a part of each kernel that calls it.

    A call between kernels counts the references to every array of its arguments, which costs
    more than a look into one of them.
    """
    made: Callable[P, R] = njit(nogil=True, inline="always")(function)
    _once_for_all_constants(cast("_Dispatcher", made))
    return made


class _Dispatcher(Protocol):
    """numba's side of a kernel: what it does when another kernel calls this one."""

    get_call_template: Callable[[tuple[object, ...], dict[str, object]], object]


def _once_for_all_constants(made: _Dispatcher) -> None:
    """Kernels that pass constants share one compilation; numba makes one for each constant."""
    unliteral: Callable[[object], object] = types.unliteral
    as_it_is = made.get_call_template

    def get_call_template(args: tuple[object, ...], kws: dict[str, object]) -> object:
        named = {name: unliteral(kind) for name, kind in kws.items()}
        return as_it_is(tuple(map(unliteral, args)), named)

    made.get_call_template = get_call_template


def _digest(names: dict[str, object]) -> str:
    """Another one where a kernel's file, or one that it takes kernels from, is another.

    Called with a module's names when its first kernel is made: all that it imports is there.
    """
    module = str(names["__name__"])
    if module not in _DIGESTS:
        parts = [Path(str(names["__file__"])).read_text("utf-8")]
        for name, value in sorted(names.items()):
            inner = getattr(value, "py_func", None)
            if isinstance(inner, FunctionType):
                if inner.__module__ != module:
                    parts.append(_digest(inner.__globals__))
            elif isinstance(value, int | float | str | tuple) and not name.startswith("__"):
                parts.append(f"{name}={value!r}")
        _DIGESTS[module] = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return _DIGESTS[module]


_DIGESTS: dict[str, str] = {}
