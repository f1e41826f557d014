"""Kernels: plain loops over whole-number columns that numba compiles where speed counts (extra `fast`)."""

from collections.abc import Callable
from functools import cached_property, update_wrapper
from importlib.util import find_spec
from types import FunctionType
from typing import Generic, ParamSpec, TypeVar, cast
from zlib import crc32

__all__ = ["Kernel", "can_compile", "kernel"]

P = ParamSpec("P")
R = TypeVar("R")


class Kernel(Generic[P, R]):
    """A function that runs as it is written when called, and as machine code by way of `compiled`.

    Both give the same answer; the tests hold them equal. Kernels may call kernels.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        self._function = cast(FunctionType, function)
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what the function returns, uncompiled."""
        answer: R = self._function(*args, **kwargs)
        return answer

    @cached_property
    def compiled(self) -> Callable[P, R]:
        """Return the function as machine code: compiled at its first call, then read from numba's cache on disk."""
        import numba

        source = self._function
        called = {name: source.__globals__[name] for name in source.__code__.co_names if name in source.__globals__}
        kernels = {name: value for name, value in called.items() if isinstance(value, Kernel)}
        scope = {**source.__globals__, **{name: value.compiled for name, value in kernels.items()}}
        # A copy whose own kernels are compiled ones. numba finds its cache by name, file and line, and would not notice
        # that a kernel in another file has changed: so the name says what those are.
        copy = FunctionType(source.__code__, scope, source.__name__, source.__defaults__)
        copy.__qualname__ = f"{source.__qualname__}_{self._version}"
        return cast(Callable[P, R], numba.njit(cache=True, nogil=True)(copy))

    @cached_property
    def _version(self) -> int:
        """A checksum of what the function and all kernels that it calls are made of."""
        code = self._function.__code__
        called = (self._function.__globals__.get(name) for name in code.co_names)
        parts = [code.co_code, repr(code.co_consts).encode()]
        parts += [str(one._version).encode() for one in called if isinstance(one, Kernel)]
        return crc32(b"".join(parts))

    def for_size(self, compiled: bool) -> Callable[P, R]:
        """Return the compiled function or the plain one."""
        return self.compiled if compiled else self


def kernel(function: Callable[P, R]) -> Kernel[P, R]:
    """Return a function as a kernel."""
    return Kernel(function)


def can_compile() -> bool:
    """Return whether numba is installed, which the extra `fast` brings."""
    return find_spec("numba") is not None
