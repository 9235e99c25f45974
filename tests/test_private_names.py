"""Names that libraries do not promise: each is here with what breaks where a release drops it."""

from __future__ import annotations

import ast
import asyncio
import atexit
import functools
import importlib.util
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import llvmlite.ir as ir
import numba
import pytest
import textual.widgets
from numba.core import caching, cgutils, dispatcher, event, options, registry
from numba.core.typing import templates
from textual import events, keys
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate
from textual._queue import Queue
from textual._styles_cache import StylesCache
from textual.app import App
from textual.command import CommandPalette
from textual.driver import Driver
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import OptionList, Select

import tuisim
import tuisim.tui
from tests.support.harness import running
from tuisim.engine.cells import rnn
from tuisim.engine.kernels.compiler import door
from tuisim.tui.shell.ascii import AsciiCells
from tuisim.tui.shell.pace import writer_is_behind
from tuisim.values.experiment import Experiment

SOURCES = sorted(Path(tuisim.__file__).parent.rglob("*.py"))

_KEPT = "warming.kept: doctor does not know what is cached"
_LIBRARY = registry.cpu_target.target_context.codegen().create_library("any")
_OF_LIBRARIES = (
    "_linking_libraries",
    "_final_module",
    "_finalized",
    "_get_module_for_linking",
    "_raise_if_finalized",
    "_reload_init",
)
_TWICE = "door._Contained: no kernel compiles; without it each part is optimised twice"
_WORKED_ON = "testing.waiting: what a widget still works on is not waited for"
_NEXT_FRAME = "testing.waiting: each frame of a tape waits for the clock on the wall"
_BEHIND = "tui.pace: over a slow link frames queue, and keys wait for them"

#: (where it is, its name, what breaks without it). Plotext's have a test beside its frames.
NAMES: list[tuple[Any, str, str]] = [
    (caching, "_CacheLocator", "door._Place: each checkout and each image compiles for itself"),
    (caching.CacheImpl, "_locator_classes", "door._Sealed: kernels lie where numba puts them"),
    (caching.FunctionCache, "_impl_class", "door._ForgivingCache: damaged code is run"),
    (caching.CompileResultCacheImpl, "_py_file", "door._Place: numba warns of no file"),
    (caching.Cache, "_cache_file", _KEPT),
    (caching.IndexDataCacheFile, "_load_index", _KEPT),
    (caching.IndexDataCacheFile, "_data_path", _KEPT),
    (dispatcher.Dispatcher, "_cache", "door.kernel: nothing is cached"),
    (dispatcher.Dispatcher, "_insert", "door.part: Python enters code that takes no arguments"),
    (dispatcher.Dispatcher, "_compile_for_args", "door.part: tests cannot call a part"),
    *((_LIBRARY, name, _TWICE) for name in _OF_LIBRARIES),
    (_LIBRARY, "_shared_module", "door._names_of: each kernel takes a megabyte more of memory"),
    (options.DefaultOptions, "_nrt", "door.part: references to arrays are counted at each step"),
    (App, "_filters", "tui.app: NO_COLOR and --ascii are not obeyed"),
    (App, "_driver", _BEHIND),
    (LinuxDriver, "_writer_thread", _BEHIND),
    (WriterThread, "_queue", _BEHIND),
    (App, "_handle_exception", "tui.sturdy: a failure ends with exit code 0"),
    (App, "_exit_renderables", "tui.sturdy: a failure prints a traceback"),
    (App, "_print_error_renderables", "tui.sturdy: a failure prints a traceback"),
    (atexit, "_run_exitfuncs", "ending: temporary files stay where a kernel runs at the end"),
    (Driver, "_app", "tui.driver: a terminal that hangs up leaves the app behind"),
    (Driver, "_loop", "tui.driver: a terminal that hangs up leaves the app behind"),
    (Driver, "_debug", "tui.driver: no key is read"),
    (Driver, "_size", "tui.driver: a terminal of any size is drawn"),
    (
        Driver,
        "_auto_restart",
        "tui.driver: what takes the terminal itself has it taken twice",
    ),
    (LinuxDriver, "_must_signal_resume", "tui.driver: after fg the screen is empty"),
    (LinuxDriver, "_sigtstp_application", "tui.driver: after fg the screen is empty"),
    (LinuxDriver, "_sigcont_application", "tui.driver: after kill -STOP it leaves no echo"),
    (LinuxDriver, "_disable_mouse_support", "tui.driver: the mouse goes on in pixels"),
    (LinuxDriver, "_mouse_pixels", "tui.driver: the mouse goes on in pixels"),
    (textual, "_compositor", "tui.painting: each change is written in codes, and they are read"),
    (textual, "_styles_cache", "tui.leaving: what screens that were left had drawn is kept"),
    (App, "_display", "tui.sturdy: a small terminal shows pieces, and not that it is too small"),
    (LinuxDriver, "_get_terminal_size", "tui.driver: a terminal of any size is drawn"),
    (textual, "_xterm_parser", "tui.driver: no key is read"),
    (textual, "_context", "tui.sturdy: a part of a screen that is gone fails aloud"),
    (textual.widgets, "_select", "tui.lists: the form has nothing to choose from"),
    (Select, "_type_to_search", "tui.lists: the form has nothing to choose from"),
    (OptionList, "_lines", "tui.lists: a page in a list that is not laid out ends the app"),
    (OptionList, "_move_page", "tui.lists: a page in a list that is not laid out ends the app"),
    (keys, "_character_to_key", "testing.keys: no sign can be pressed"),
    (keys, "_get_unicode_name_from_key", "testing.keys: what is typed into gets no characters"),
    (events.Key, "_no_default_action", "testing.kit: what is typed into seems to take no key"),
    (App, "_check_bindings", "testing.kit: no key seems to be taken"),
    (App, "_background_screens", "testing.pictures: what lies under a dialog is not seen"),
    (Screen, "_compositor", "testing.pictures: there are no pictures as text"),
    (Screen, "_screen_resized", "tui.leaving: a screen is laid out three times as it opens"),
    (
        Screen,
        "_compositor_refresh",
        "tui.leaving: without a terminal each frame is painted for nobody",
    ),
    (
        Compositor,
        "_dirty_regions",
        "tui.leaving: without a terminal each frame is painted for nobody",
    ),
    (Screen, "_dirty_widgets", "tui.leaving: without a terminal each frame is painted for nobody"),
    (App, "_update_mouse_over", "tui.leaving: without a terminal no tooltip follows the mouse"),
    (Widget, "_layout_required", "testing.waiting: pictures are of a layout half done"),
    (MessagePump, "_next_callbacks", "testing.waiting: pictures are of a layout half done"),
    (MessagePump, "_message_queue", _WORKED_ON),
    (Queue, "ready_event", _WORKED_ON),
    (asyncio.Event, "_waiters", _WORKED_ON),
    (Screen, "_update_timer", _NEXT_FRAME),
    (Timer, "_active", _NEXT_FRAME),
    (Screen, "_on_timer_update", _NEXT_FRAME),
    (Widget(), "_layout_updates", "widgets.line: a line keeps another one's width"),
    (CommandPalette, "_provider_classes", "tui.lists: the palette has another order each time"),
    (CommandPalette, "_action_command_list", "tui.lists: enter in an empty palette ends the app"),
]

#: What a builder of LLVM's code must be able to do for lanes.
BUILDER = """
fadd fsub fmul fdiv bitcast gep load store call select fcmp_ordered icmp_signed add shl
insert_element extract_element shuffle_vector
"""
#: Names that are public for all their underscore.
PROMISED = {"_replace", "_asdict", "_fields", "_exit"}
#: Held by tests/figures/drawing/test_frame.py.
PLOTEXT = {"_date", "_monitor"}


def there(owner: Any, name: str) -> bool:
    """Whether a module or a class has the name, or sets it on its instances."""
    if hasattr(owner, name):
        return True
    if inspect.ismodule(owner):
        return importlib.util.find_spec(f"{owner.__name__}.{name}") is not None
    return any(f".{name}" in inspect.getsource(one) for one in owner.__mro__ if one is not object)


@pytest.mark.parametrize(("owner", "name", "breaks"), NAMES, ids=[name for _, name, _ in NAMES])
def test_the_name_is_still_there(owner: Any, name: str, breaks: str) -> None:
    assert there(owner, name), f"{owner.__name__} has no {name} any more. {breaks}"


def plain() -> Any:
    return numba.njit(lambda x: x)


def test_numba_takes_a_cache_of_ours() -> None:
    abstract = {"get_cache_path", "get_source_stamp", "get_disambiguator"}
    assert abstract == caching._CacheLocator.__abstractmethods__
    for name in ("save_overload", "load_overload", "flush"):
        assert callable(getattr(caching.FunctionCache, name))
    for name in ("reduce", "rebuild"):
        assert callable(getattr(caching.CompileResultCacheImpl, name))
    # A dispatcher starts with a cache that keeps nothing, and takes another in its place.
    assert type(plain()._cache) is caching.NullCache


def test_numba_says_what_a_cache_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "_directory", tmp_path)
    function = plain()
    cache = door._ForgivingCache(function.py_func)
    function._cache = cache
    function(1.0)
    ((signature, processor, _), data) = next(iter(cache._cache_file._load_index().items()))
    assert signature == (numba.float64,)
    assert processor == function.targetctx.codegen().magic_tuple()
    assert Path(cache._cache_file._data_path(data)).is_file()
    assert cache.holds(function.targetctx.codegen())
    assert sum(function.stats.cache_misses.values()) == 1
    assert function.stats.cache_hits == {}


def test_numba_loads_a_kernel_by_its_names_and_contains_it_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "_directory", tmp_path)

    def instructions(module: Any) -> int:
        blocks = [block for one in module.functions for block in one.blocks]
        return sum(len(list(block.instructions)) for block in blocks)

    def halved_often(x: float) -> float:
        for _ in range(1000):
            x = 0.5 * x + 1.0 / (1.0 + x)
        return x

    asked = 3.0
    first, second = (numba.njit(halved_often) for _ in range(2))
    for one in (first, second):
        one._cache = door._ForgivingCache(one.py_func)
        one(asked)
    assert sum(second.stats.cache_hits.values()) == 1
    whole, loaded = (next(iter(one.overloads.values())).library for one in (first, second))
    assert instructions(loaded._shared_module) < 0.2 * instructions(whole._shared_module)
    outer = numba.njit(lambda x: second(x) + 1.0)
    assert outer(asked) == halved_often(asked) + 1.0
    contained = loaded._get_module_for_linking()
    assert instructions(contained) == instructions(whole._get_module_for_linking())


def test_numba_inserts_what_it_compiled_where_a_part_stops_it() -> None:
    part = door.part(lambda x: x + 1.0)
    assert part(1.0) == 2.0
    assert "no_cpython_wrapper" in numba.core.options.DefaultOptions.__dict__


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
    context = rnn.forward.compiled.targetctx
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
    async with running(Experiment(width=4, depth=5), ascii=True) as bench:
        assert any(isinstance(one, AsciiCells) for one in bench.app._filters)
        assert not writer_is_behind(bench.app)
    assert WriterThread(None)._queue.qsize() == 0  # type: ignore[arg-type]


def test_what_the_compositor_tells_of_a_change() -> None:
    update = ChopsUpdate([{0: Strip([])}], [(0, 0, 1)], [[1]])
    assert (update.chops, update.spans, update.chop_ends) == ([{0: Strip([])}], [(0, 0, 1)], [[1]])
    assert issubclass(ChopsUpdate, CompositorUpdate)


def test_textual_keeps_who_asked_for_colours() -> None:
    # If it no longer does, or another cache takes its place, Leavable.on_unmount is to go.
    cache: Any = StylesCache.get_inner_outer
    assert cache.cache_info().maxsize == 1024
    assert "cls" in inspect.signature(cache).parameters
    assert not inspect.ismethod(cache)


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
                names = [*(one.name for one in node.names), *(node.module or "").split(".")]
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "getattr":
                names = [str(one.value) for one in node.args if isinstance(one, ast.Constant)]
            for name in filter(private, names):
                if name not in known:
                    yield name, f"{path.name}:{node.lineno}"


def test_every_private_name_of_a_library_is_in_the_table() -> None:
    known = PROMISED | PLOTEXT | {name for _, name, _ in NAMES}
    assert [one for one in borrowed() if one[0] not in known] == []


def test_no_attribute_of_ours_is_one_of_textual_s_by_chance() -> None:
    """A name that both give to something else would be found by no test of either."""

    @functools.cache
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
    known = {name for _, name, _ in NAMES}
    assert {one for one in shared if one[1] not in known} == set()
