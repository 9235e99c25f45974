"""The one door to numba: compiler flags, and where kernels are cached.

May import numba, llvmlite, numpy, tuisim.system.places, tuisim.engine.base.compiling, the
instructions beside it and the standard library.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
import warnings
import zlib
from pathlib import Path
from typing import Any

import llvmlite.binding
import numba
from numba.core import event, serialize
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

from tuisim.engine.base.compiling import engine_digest, tell

# What operators mean between lanes is known to numba once this is imported.
from tuisim.engine.kernels.compiler import instructions as instructions
from tuisim.system import places

_FLAGS = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
_dispatchers: list[Any] = []


def cache_directory() -> Path | None:
    """Where compiled kernels lie: NUMBA_CACHE_DIR if set, else the user's cache directory.

    None for a user without a home directory.
    """
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return Path(chosen) / engine_digest()
    root = places.cache()
    return None if root is None else root / "kernels" / engine_digest()


def _obstacle(directory: Path | None) -> str | None:
    if directory is None:
        return places.HOMELESS
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            return None
    except OSError:
        return f"{directory} cannot be written"


def _warn_once(reason: str) -> None:
    global unkept
    if unkept is None:
        unkept = reason
        warnings.warn(UNKEPT.format(reason), RuntimeWarning, stacklevel=2)


#: What is said of it, once.
UNKEPT = "kernels are compiled in memory at every start: {}"
#: Why kernels that were compiled do not outlive the process, None while they do, or none were.
unkept: str | None = None
_directory = cache_directory()
#: Why no kernel can be added to the cache, None where one can.
obstacle = _obstacle(_directory)
# One that can only be read may hold all there is: whoever made an image filled it.
_readable = _directory is not None and os.access(_directory, os.R_OK | os.X_OK)
if obstacle is not None and not _readable:
    _warn_once(obstacle)


class _Place(_CacheLocator):  # type: ignore[misc]
    """The same place in the cache for a function, whichever copy of the engine it is from.

    The directory is of these very sources: numba's own stamp and path would tell copies apart.
    """

    def __init__(self, py_func: Any, py_file: str) -> None:
        # numba names it in a warning.
        self._py_file = py_file
        self._room, _, self.module = py_func.__module__.rpartition(".")
        self._line = py_func.__code__.co_firstlineno

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> _Place:
        return cls(py_func, py_file)

    def get_cache_path(self) -> str:
        assert _directory is not None
        return str(_directory / self._room)

    def get_source_stamp(self) -> str:
        return engine_digest()

    def get_disambiguator(self) -> str:
        return str(self._line)


class _Sealed(CompileResultCacheImpl):  # type: ignore[misc]
    """Compiled code under a checksum: damaged code would be run, and not only misread."""

    _locator_classes = (_Place,)

    def get_filename_base(self, fullname: str, abiflags: str) -> str:
        # By the module, where numba has the file: copies of a template share theirs.
        name = f"{self.locator.module}.{fullname.partition('.')[2]}"
        return super().get_filename_base(name, abiflags)  # type: ignore[no-any-return]

    def reduce(self, cres: Any) -> tuple[bytes, bytes]:
        (name, kind, (machine_code, bitcode)), *others = super().reduce(cres)
        # Parsed, the bitcode is most of what a kernel takes up in memory, and it is there for the
        # few that are contained in another one, which is compiled. All ask for its names.
        library = name, kind, (machine_code, _names_of(bitcode))
        content = serialize.dumps(((library, *others), zlib.compress(bitcode)))
        return hashlib.sha256(content).digest(), content

    def rebuild(self, target_context: Any, payload: tuple[bytes, bytes]) -> Any:
        digest, content = payload
        if hashlib.sha256(content).digest() != digest:
            raise ValueError("damaged")
        reduced, bitcode = pickle.loads(content)
        found = super().rebuild(target_context, reduced)
        found.library._get_module_for_linking = lambda: llvmlite.binding.parse_bitcode(
            zlib.decompress(bitcode)
        )
        return found


def _names_of(bitcode: bytes) -> bytes:
    """A module that defines the same names, as next to nothing."""
    whole = llvmlite.binding.parse_bitcode(bitcode)
    lines = [f'target triple = "{whole.triple}"']
    for one in whole.functions:
        if not one.is_declaration:
            lines.append(f'define void @"{one.name}"() {{ unreachable }}')
    for one in whole.global_variables:
        if not one.is_declaration:
            lines.append(f'@"{one.name}" = global i8 0')
    return llvmlite.binding.parse_assembly("\n".join(lines)).as_bitcode()  # type: ignore[no-any-return]


class _ForgivingCache(FunctionCache):  # type: ignore[misc]
    """numba's cache, except that a full disk or a damaged file costs time and nothing else."""

    _impl_class = _Sealed

    def save_overload(self, sig: Any, data: Any) -> None:
        if obstacle is not None:
            _warn_once(obstacle)
            return
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _warn_once(f"{_directory}: {error.strerror}")

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception:
            # A damaged or foreign file unpickles into any error; compiling again mends it.
            self._forget()
            return None

    def _forget(self) -> None:
        # An index that cannot be read cannot be added to either.
        try:
            if obstacle is None:
                self.flush()
        except OSError as error:
            _warn_once(f"{_directory}: {error.strerror}")

    def holds(self, codegen: Any) -> bool:
        """Whether compiled code for this processor lies there whole."""
        try:
            index = self._cache_file._load_index()
        except Exception:
            return False
        # A disk may fill up between a kernel's index and its code.
        return any(
            processor == codegen.magic_tuple()
            and os.access(self._cache_file._data_path(name), os.R_OK)
            for (_, processor, _), name in index.items()
        )


class _Contained(JITCodeLibrary):  # type: ignore[misc]
    """A part's code: optimised and made machine code of with each kernel that contains it only.

    numba does both for every function as well, with all that it contains in turn.
    """

    def finalize(self) -> None:
        self._raise_if_finalized()
        for library in dict.fromkeys(self._linking_libraries):
            self._reload_init.update(library._reload_init)
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._final_module.verify()
        self._finalized = True


class _PartCompiler(Compiler):  # type: ignore[misc]
    """Compiles a part for others to contain, and nothing that Python could call."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        context = self.state.targetctx
        self.state.library = _Contained(context.codegen(), "part")
        # What numba knows it by.
        context.get_executable = lambda library, fndesc, env: object()


def part(function: Any, **flags: bool) -> Any:
    """numba's dispatcher of a function that kernels contain."""
    # Kernels hold the arrays as long as they run. To count a reference to each array that is
    # handed on, atomically, would take longer than a short row. Unpacking Python's arguments
    # would be a third of all that there is to compile.
    flags = {"_nrt": False, "no_cpython_wrapper": True} | flags
    dispatcher = numba.njit(**flags, **_FLAGS, pipeline_class=_PartCompiler)(function)
    # So Python must not enter that code: tests that call a part get one that takes arguments.
    dispatcher._insert = lambda *args, **kwargs: None
    dispatcher._compile_for_args = numba.njit(**_FLAGS)(function)._compile_for_args
    return dispatcher


def kernel(function: Any) -> Any:
    """numba's dispatcher of a function that Python calls, cached on disk."""
    dispatcher = numba.njit(**_FLAGS)(function)
    if _readable:
        dispatcher._cache = _ForgivingCache(dispatcher.py_func)
    _dispatchers.append(dispatcher)
    return dispatcher


def cache_statistics() -> tuple[int, int]:
    """How many compiled signatures this process loaded from disk, and how many it compiled."""
    hits = misses = 0
    for dispatcher in _dispatchers:
        hits += sum(dispatcher.stats.cache_hits.values())
        misses += sum(dispatcher.stats.cache_misses.values())
    return hits, misses


def holds(dispatcher: Any) -> bool:
    """Whether a kernel lies compiled in the cache."""
    if not _readable:
        return False
    return _ForgivingCache(dispatcher.py_func).holds(dispatcher.targetctx.codegen())


def _done() -> int:
    return sum(bool(one.overloads) for one in _dispatchers)


class _Compiling(event.Listener):  # type: ignore[misc]
    """Tells of every kernel that numba compiles."""

    def __init__(self) -> None:
        self._depth = 0

    def on_start(self, event: Any) -> None:
        dispatcher = event.data["dispatcher"]
        if self._ours(dispatcher):
            if obstacle is not None:
                # Now, and not when it is to be saved: a line of progress would stand before it.
                _warn_once(obstacle)
            self._depth += 1
            tell(_done(), dispatcher.py_func.__name__.strip("_").replace("_", " "))

    def on_end(self, event: Any) -> None:
        if self._ours(event.data["dispatcher"]):
            self._depth -= 1
            if self._depth == 0:
                tell(_done(), "")

    @staticmethod
    def _ours(dispatcher: Any) -> bool:
        # The functions that a kernel contains are compiled with it, and no kernels themselves.
        return any(dispatcher is one for one in _dispatchers)


event.register("numba:compile", _Compiling())
