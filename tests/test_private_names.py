"""Names that libraries do not promise: each is here with what breaks where a release drops it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import llvmlite.ir as ir
import numba
import pytest
from numba.core import caching, cgutils, event
from numba.core.typing import templates
from textual.app import App
from textual.screen import Screen
from textual.widget import Widget

import tuisim
from tests.tui.harness import running
from tuisim.engine import jit
from tuisim.engine.cells import rnn
from tuisim.experiment import Experiment
from tuisim.tui.ascii import AsciiCells
from tuisim.tui.pace import writer_is_behind

SOURCES = sorted(Path(tuisim.__file__).parent.rglob("*.py"))

#: (library, name, what breaks without it). Plotext's are in tests/figures/test_frame.py.
NAMES = [
    ("numba", "_CacheLocator", "jit._Place: each checkout and each image compiles for itself"),
    ("numba", "_locator_classes", "jit._Sealed: kernels lie where numba puts them"),
    ("numba", "_impl_class", "jit._ForgivingCache: damaged code is run"),
    ("numba", "_cache", "jit.kernel: nothing is cached"),
    ("numba", "_cache_file", "jit.kept: doctor does not know what is cached"),
    ("numba", "_load_index", "jit.kept: doctor does not know what is cached"),
    ("numba", "_data_path", "jit.kept: doctor does not know what is cached"),
    ("numba", "_py_file", "jit._Place: numba's own warning of what it cannot cache"),
    ("numba", "_insert", "jit._part: Python enters code that takes no arguments of its own"),
    ("numba", "_compile_for_args", "jit._part: tests cannot call a part"),
    ("textual", "_filters", "tui.app: NO_COLOR and --ascii are not obeyed"),
    ("textual", "_driver", "tui.pace: a slow link queues frames, and keys wait for them"),
    ("textual", "_writer_thread", "tui.pace: a slow link queues frames, and keys wait for them"),
    ("textual", "_queue", "tui.pace: a slow link queues frames, and keys wait for them"),
]

#: What a builder of LLVM's code must be able to do for lanes.
BUILDER = """
fadd fsub fmul fdiv bitcast gep load store call select fcmp_ordered icmp_signed add shl
insert_element extract_element shuffle_vector
"""
#: Names that are public for all their underscore.
PROMISED = {"_replace", "_asdict", "_fields", "_exit"}


def lost(library: str, name: str) -> str:
    """What to say of a name that is no longer there."""
    (breaks,) = (breaks for where, one, breaks in NAMES if (where, one) == (library, name))
    return f"{library} has no {name} any more. {breaks}"


def plain() -> Any:
    return numba.njit(lambda x: x)


def test_numba_takes_a_cache_of_ours() -> None:
    assert hasattr(caching, "_CacheLocator"), lost("numba", "_CacheLocator")
    abstract = {"get_cache_path", "get_source_stamp", "get_disambiguator"}
    assert abstract == caching._CacheLocator.__abstractmethods__
    assert hasattr(caching.CacheImpl, "_locator_classes"), lost("numba", "_locator_classes")
    assert hasattr(caching.FunctionCache, "_impl_class"), lost("numba", "_impl_class")
    for name in ("save_overload", "load_overload", "flush"):
        assert callable(getattr(caching.FunctionCache, name))
    for name in ("reduce", "rebuild"):
        assert callable(getattr(caching.CompileResultCacheImpl, name))
    # A dispatcher starts with a cache that keeps nothing, and takes another in its place.
    assert hasattr(plain(), "_cache"), lost("numba", "_cache")
    assert type(plain()._cache) is caching.NullCache
    assert "_py_file" in inspect.getsource(caching.CacheImpl.__init__) + inspect.getsource(
        caching.CompileResultCacheImpl.check_cachable
    ), lost("numba", "_py_file")


def test_numba_says_what_a_cache_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jit, "_directory", tmp_path)
    function = plain()
    cache = jit._ForgivingCache(function.py_func)
    assert hasattr(cache, "_cache_file"), lost("numba", "_cache_file")
    for name in ("_load_index", "_data_path"):
        assert hasattr(cache._cache_file, name), lost("numba", name)
    function._cache = cache
    function(1.0)
    ((signature, processor, _), data) = next(iter(cache._cache_file._load_index().items()))
    assert signature == (numba.float64,)
    assert processor == function.targetctx.codegen().magic_tuple()
    assert Path(cache._cache_file._data_path(data)).is_file()
    assert cache.holds(function.targetctx.codegen())
    assert sum(function.stats.cache_misses.values()) == 1
    assert function.stats.cache_hits == {}


def test_numba_inserts_what_it_compiled_where_a_part_stops_it() -> None:
    for name in ("_insert", "_compile_for_args"):
        assert hasattr(plain(), name), lost("numba", name)
    part = jit._part(lambda x: x + 1.0)
    assert part(1.0) == 2.0
    assert "no_cpython_wrapper" in numba.core.options.DefaultOptions.__dict__
    jit._parts.remove(part)


def test_numba_tells_when_it_compiles() -> None:
    class Listener(event.Listener):  # type: ignore[misc]
        def __init__(self) -> None:
            self.heard: list[Any] = []

        def on_start(self, event: Any) -> None:
            self.heard.append(event.data["dispatcher"])

        def on_end(self, event: Any) -> None:
            self.heard.append(event.data["dispatcher"])

    listener, function = Listener(), plain()
    with event.install_listener("numba:compile", listener):
        function(1.0)
        function(2.0)
    assert listener.heard == [function, function]


def test_what_lanes_are_made_of() -> None:
    assert callable(cgutils.get_or_insert_function)
    for name in ("ConcreteTemplate", "infer_global", "signature"):
        assert hasattr(templates, name), name
    context = rnn.forward.targetctx
    for name in ("make_array", "get_dummy_value", "codegen"):
        assert callable(getattr(context, name)), name
    for name in BUILDER.split():
        assert callable(getattr(ir.IRBuilder, name)), name
    for method in (ir.IRBuilder.load, ir.IRBuilder.store):
        assert "align" in inspect.signature(method).parameters
    assert str(ir.Constant(ir.VectorType(ir.DoubleType(), 2), ir.Undefined)) == (
        "<2 x double> <double undef, double undef>"
    )


async def test_textual_hands_over_filters_and_what_waits_to_be_written() -> None:
    app = App[None]()
    assert hasattr(app, "_filters"), lost("textual", "_filters")
    assert isinstance(app._filters, list)
    async with running(Experiment(width=4, depth=5), ascii=True) as bench:
        assert any(isinstance(one, AsciiCells) for one in bench.app._filters)
        assert hasattr(bench.app, "_driver"), lost("textual", "_driver")
        assert not writer_is_behind(bench.app)
    from textual.drivers import linux_driver
    from textual.drivers._writer_thread import WriterThread

    assert "self._writer_thread" in inspect.getsource(linux_driver), lost(
        "textual", "_writer_thread"
    )
    writer = WriterThread(None)  # type: ignore[arg-type]
    assert hasattr(writer, "_queue"), lost("textual", "_queue")
    assert writer._queue.qsize() == 0


async def test_names_that_tests_read_the_screen_by() -> None:
    for owner, name in ((Screen, "_compositor"), (Widget, "_layout_required")):
        assert hasattr(owner, name) or f"self.{name}" in inspect.getsource(owner), name
    async with running(Experiment(width=4, depth=5)) as bench:
        assert bench.app.screen._compositor.render_strips()
        assert bench.app.screen._layout_required in (True, False)
        assert bench.app.screen._bindings.key_to_bindings


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name.strip("_") != ""


def ours() -> set[str]:
    """All names that tuisim itself gives to functions, classes, variables and attributes."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                owner = node.value
                if isinstance(owner, ast.Name) and owner.id in ("self", "cls"):
                    found.add(node.attr)
    return found


def borrowed() -> Iterator[tuple[str, str]]:
    """(name, where) of each private name that is not one of ours."""
    known = ours()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Attribute):
                names = [node.attr]
            elif isinstance(node, ast.ImportFrom):
                names = [one.name for one in node.names]
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "getattr":
                names = [str(one.value) for one in node.args if isinstance(one, ast.Constant)]
            for name in filter(private, names):
                if name not in known:
                    yield name, f"{path.name}:{node.lineno}"


def test_every_private_name_of_a_library_is_in_the_table() -> None:
    known = PROMISED | {name for _, name, _ in NAMES}
    assert [one for one in borrowed() if one[0] not in known] == []


def test_no_attribute_of_a_screen_is_one_of_textual_s_own() -> None:
    """A name that both give to something else would be mended by no test of either."""
    import importlib
    import pkgutil

    import tuisim.tui

    def attributes(kind: type) -> set[str]:
        tree = ast.parse(inspect.getsource(inspect.getmodule(kind)))  # type: ignore[arg-type]
        bodies = (one for one in ast.walk(tree) if isinstance(one, ast.ClassDef))
        body = next(one for one in bodies if one.name == kind.__name__)
        stored = (
            one.attr
            for one in ast.walk(body)
            if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)
            if isinstance(one.value, ast.Name) and one.value.id == "self"
        )
        defined = (one.name for one in body.body if isinstance(one, ast.FunctionDef))
        return set(filter(private, (*stored, *defined)))

    kinds = set()
    for module in pkgutil.walk_packages(tuisim.tui.__path__, "tuisim.tui."):
        found = vars(importlib.import_module(module.name)).values()
        kinds |= {one for one in found if inspect.isclass(one) and one.__module__ == module.name}
    shared = {
        (kind.__name__, name)
        for kind in kinds
        for base in kind.__mro__[1:]
        if base.__module__.startswith("textual.")
        for name in attributes(kind) & attributes(base)
    }
    assert shared == {("SimulatorApp", "_filters")}
