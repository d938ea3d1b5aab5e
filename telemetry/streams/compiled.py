"""Kernels: loops over every fix, written as plain functions and run as machine code.

A kernel uses whole numbers and the float operations that IEEE 754 rounds exactly (+ - * / sqrt),
so machine code and Python say the same. numba is imported, and a kernel compiled, at its first
call; the code is kept on disk beside the module, or in the user's cache directory.
"""

import hashlib
from collections.abc import Callable
from functools import cached_property, update_wrapper
from types import CodeType, FunctionType, ModuleType
from typing import Generic, ParamSpec, Protocol, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")


class Compiled(Generic[P, R]):
    """A kernel. Called, it is machine code; `plain` is the same in Python, for tests."""

    def __init__(self, function: Callable[P, R]) -> None:
        self.function = function
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it; compiled first, the first time."""
        return self.machine(*args, **kwargs)

    @cached_property
    def plain(self) -> Callable[P, R]:
        """In Python all the way down: the kernels that it calls too."""
        return self._with({name: k.plain for name, k in self._kernels().items()})

    @cached_property
    def machine(self) -> Callable[P, R]:
        """Compiled, or loaded from disk, when it is first asked for."""
        from numba import njit

        function = self._with({name: k.machine for name, k in self._kernels().items()})
        # numba looks for changes in this function alone: what it stands on becomes part of its name
        function.__qualname__ = f"{function.__qualname__}_{self.digest()[:12]}"
        try:
            made = njit(cache=True, nogil=True)(function)
        except RuntimeError:  # nowhere to keep it
            made = njit(nogil=True)(function)
        _once_for_all_constants(cast("_Dispatcher", made))
        whole: Callable[P, R] = made
        return whole

    def digest(self) -> str:
        """Another one where the code, a constant or a kernel that it uses is another."""
        code, used = self._code, self._globals
        seen = [code.co_code.hex(), repr(code.co_consts), repr(code.co_names)]
        for name in code.co_names:
            value = used.get(name)
            if isinstance(value, Compiled):
                seen.append(value.digest())
            elif not isinstance(value, ModuleType | FunctionType | type):
                seen.append(repr(value))
        return hashlib.sha256("\n".join(seen).encode()).hexdigest()

    @property
    def _code(self) -> CodeType:
        return cast("FunctionType", self.function).__code__

    @property
    def _globals(self) -> dict[str, object]:
        return cast("FunctionType", self.function).__globals__

    def _kernels(self) -> dict[str, "Compiled[..., object]"]:
        used = self._globals
        found = ((name, used.get(name)) for name in self._code.co_names)
        return {name: value for name, value in found if isinstance(value, Compiled)}

    def _with(self, kernels: dict[str, Callable[..., object]]) -> FunctionType:
        return FunctionType(self._code, {**self._globals, **kernels}, self.function.__name__)


class _Dispatcher(Protocol):
    """numba's side of a kernel: what it does when another kernel calls this one."""

    get_call_template: Callable[[tuple[object, ...], dict[str, object]], object]


def _once_for_all_constants(made: _Dispatcher) -> None:
    """Kernels that pass constants share one compilation; numba makes one for each constant."""
    from numba.core import types

    unliteral: Callable[[object], object] = types.unliteral
    as_it_is = made.get_call_template

    def get_call_template(args: tuple[object, ...], kws: dict[str, object]) -> object:
        named = {name: unliteral(kind) for name, kind in kws.items()}
        return as_it_is(tuple(map(unliteral, args)), named)

    made.get_call_template = get_call_template


def compiled(function: Callable[P, R]) -> Compiled[P, R]:
    """Make a kernel of a plain function at module level.

    It may use constants of its module and other kernels by their names, and nothing else.
    """
    return Compiled(function)
