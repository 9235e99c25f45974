"""Functions of one source with two meanings: compiled by numba, and plain Python over NumPy.

numba and LLVM take most of a second to import, and minutes may pass until all is compiled. A small
net is through before that in plain Python, with the same bytes: the same operations in the same
order. So a kernel is compiled, or loaded, once it is worth that. Importing this imports no numba.

May import numpy, tuisim.engine.base, ieee beside it, and inside functions the compiler.
"""

from __future__ import annotations

import math
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from tuisim.engine.base.compiling import check_compiler
from tuisim.engine.kernels import ieee

check_compiler()

Function = TypeVar("Function", bound=Callable[..., Any])

#: Seconds of plain work that a process does before it loads kernels, which takes about as long.
PATIENCE = 0.5

COMPILED, PLAIN = "compiled", "plain"

_kernels: list[Kernel] = []
_parts: list[Part] = []
_lock = threading.RLock()
# What global names mean in either way, by the names' own dictionary.
_meanings: dict[tuple[int, str], dict[str, Any]] = {}


class Both:
    """A name with one meaning for numba and another one for Python."""

    def __init__(self, compiled: Callable[[], Any], plain: Any) -> None:
        self._compiled, self.plain = compiled, plain

    @property
    def compiled(self) -> Any:
        """What numba is to find."""
        return self._compiled()


class Part(Both):
    """A free function that kernels contain."""

    def __init__(self, function: Any, **flags: bool) -> None:
        self.py_func = function
        self.__name__, self.__doc__ = function.__name__, function.__doc__
        self.flags = flags
        self._ways: dict[str, Any] = {}
        self._register()

    def __call__(self, *arguments: Any) -> Any:
        """Call it compiled, as only tests do."""
        return self.compiled(*arguments)

    @property
    def compiled(self) -> Any:
        """numba's dispatcher."""
        return self._ways.get(COMPILED) or self._made(COMPILED)

    @property
    def plain(self) -> Any:
        """The function over NumPy's arrays, or its twin."""
        return self._ways.get(PLAIN) or self._made(PLAIN)

    def _register(self) -> None:
        _parts.append(self)

    def _made(self, way: str) -> Any:
        with _lock:
            function = self.py_func
            if way == PLAIN:
                function = getattr(function, "twin", None) or function
            bound = _bound(function, way)
            # Whoever looked up what its names mean may have met itself.
            if way not in self._ways:
                self._ways[way] = bound if way == PLAIN else self._dispatcher(bound)
            return self._ways[way]

    def _dispatcher(self, function: Any) -> Any:
        from tuisim.engine.kernels.compiler import door

        return door.part(function, **self.flags)


class Kernel(Part):
    """A function that Python calls: plainly as long as it is not worth compiling."""

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self._seconds = getattr(function, "seconds", None)
        self._ready = False

    def __call__(self, *arguments: Any) -> Any:
        if self._ready:
            return self._ways[COMPILED](*arguments)
        if self.loaded:
            return self._load(arguments)
        if self._affords(arguments):
            try:
                with np.errstate(all="ignore"):
                    return self.plain(*arguments)
            except (TakesLong, ArithmeticError, ValueError):
                # Python raises where compiled code goes on with what IEEE 754 has; that is right.
                pass
        return self._load(arguments)

    def _register(self) -> None:
        self._counted = not getattr(_counting, "off", False)
        if self._counted:
            _kernels.append(self)

    def _affords(self, arguments: tuple[Any, ...]) -> bool:
        if self._seconds is None or getattr(_insists, "now", False):
            return False
        return _afforded(self._seconds(*arguments))

    def _load(self, arguments: tuple[Any, ...]) -> Any:
        # Nobody else compiles one that is not counted.
        waits = _choice.wait is not None and self._counted
        if waits and not getattr(_insists, "now", False):
            _choice.wait(self)  # type: ignore[misc]
        found = self.compiled(*arguments)
        self._ready = True
        return found

    @property
    def loaded(self) -> bool:
        """Whether it was compiled or loaded."""
        return COMPILED in self._ways and bool(self._ways[COMPILED].overloads)

    @property
    def kept(self) -> bool:
        """Whether it lies compiled in the cache."""
        from tuisim.engine.kernels.compiler import door

        return door.holds(self.compiled)

    def _dispatcher(self, function: Any) -> Any:
        from tuisim.engine.kernels.compiler import door

        return door.kernel(function)


class TakesLong(Exception):
    """Raised in plain code where patience is at an end: the kernel begins anew, compiled."""


class _Choice:
    """How much is done plainly, and who is waited for."""

    left = PATIENCE
    #: Called with a kernel that is to be loaded, and may be about to be compiled elsewhere.
    wait: Callable[[Kernel], None] | None = None


_choice = _Choice()
_insists = threading.local()
_counting = threading.local()


def _afforded(cost: float) -> bool:
    if cost > _choice.left:
        return False
    _choice.left -= cost
    return True


def _charge(seconds: float) -> None:
    if not _afforded(seconds):
        raise TakesLong


def have_patience(seconds: float = PATIENCE) -> None:
    """Let so much more be done plainly, from now on, by kernels that are not there yet."""
    _choice.left = seconds


def wait_by(wait: Callable[[Kernel], None] | None) -> None:
    """Have this called before a kernel is compiled or loaded by whoever does not insist."""
    _choice.wait = wait


@contextmanager
def insisting() -> Iterator[None]:
    """Do nothing plainly in this thread, and wait for nobody."""
    _insists.now = True
    try:
        yield
    finally:
        _insists.now = False


@contextmanager
def uncounted() -> Iterator[None]:
    """Leave kernels that are made meanwhile out of all that is made ready beforehand.

    They are compiled, and kept, once they are asked for.
    """
    _counting.off = True
    try:
        yield
    finally:
        _counting.off = False


def plainly(
    twin: Callable[..., Any] | None = None, seconds: Callable[..., float] | None = None
) -> Callable[[Function], Function]:
    """Say of a function, before it becomes a part or a kernel, what Python is to do in its place.

    Args:
        twin: a function of the same arguments that gives the same bytes in fewer of Python's
            steps; its global names are as plain as those of the function itself.
        seconds: about what the plain function takes, from its arguments: without it a kernel is
            always compiled.
    """

    def said(function: Function) -> Function:
        function.twin, function.seconds = twin, seconds  # type: ignore[attr-defined]
        return function

    return said


def part(function: Function) -> Function:
    """Compile a free function that kernels contain: it lies in their files and their code.

    A call would hand over seven or more numbers an array, which takes longer than a short row.
    """
    return Part(function, forceinline=True)  # type: ignore[return-value]


def aside(function: Function) -> Function:
    """Compile a free function that kernels call now and then; it lies in their files."""
    return Part(function)  # type: ignore[return-value]


def maker(function: Function) -> Function:
    """As `part`, for a function that hands over arrays, new ones or views: it counts references."""
    return Part(function, forceinline=True, _nrt=True)  # type: ignore[return-value]


def caller(function: Function) -> Function:
    """As `aside`, for a function that calls makers."""
    return Part(function, _nrt=True)  # type: ignore[return-value]


def is_part(value: Any) -> bool:
    """Whether this is one of the functions that kernels contain."""
    return isinstance(value, Part) and not isinstance(value, Kernel)


def remade(one: Part, function: Function) -> Function:
    """A part of another function that is compiled as this one is."""
    return Part(function, **one.flags)  # type: ignore[return-value]


def kernel(function: Function) -> Function:
    """A free function that Python calls, over float64 arrays; compiled it is cached on disk."""
    return Kernel(function)  # type: ignore[return-value]


@part
@plainly(_charge)
def charge(seconds: float) -> None:
    """Say in a part that so much plain work is ahead; compiled it is nothing.

    A kernel that contains it must not have added to anything, as it may begin anew.
    """


def entry(kernel: Any) -> Any:
    """What of a kernel to call where the types of arguments never differ; None before it is there.

    numba's dispatcher asks for the type of every array and number at each call, which takes a third
    of the time of getting them across.
    """
    if not isinstance(kernel, Kernel) or not kernel.loaded:
        return None
    compiled = [*kernel.compiled.overloads.values()]
    return compiled[0].entry_point if len(compiled) == 1 else None


def kernels() -> tuple[Kernel, ...]:
    """Those that were imported so far."""
    return tuple(_kernels)


def kept() -> tuple[int, int]:
    """How many of the kernels imported so far lie compiled in the cache, and how many there are."""
    return sum(one.kept for one in _kernels), len(_kernels)


def progress() -> tuple[int, int]:
    """How many kernels this process has compiled or loaded, and how many were imported so far."""
    return sum(one.loaded for one in _kernels), len(_kernels)


def _bound(function: Any, way: str) -> Any:
    """The function with its global names in their meaning of that way."""
    names = _names(function.__globals__, way)
    bound = types.FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )
    bound.__doc__, bound.__annotations__ = function.__doc__, function.__annotations__
    return bound


def _names(own: dict[str, Any], way: str) -> dict[str, Any]:
    key = id(own), way
    if key not in _meanings:
        # Functions name one another: they find this before it is filled.
        names = _meanings[key] = {_OWNER: own}
        for name, value in list(own.items()):
            if isinstance(value, Both):
                names[name] = getattr(value, way)
            elif value is math and way == PLAIN:
                names[name] = ieee
            else:
                names[name] = value
    return _meanings[key]


#: Keeps the dictionary alive whose id is a key.
_OWNER = "__owner__"
