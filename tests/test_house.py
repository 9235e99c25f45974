"""The house is in order: rooms say what they are for, nothing is too large, arrows point down."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import grimp
import pytest

import tuisim

HOUSE = Path(tuisim.__file__).parent
MODULES = sorted(HOUSE.rglob("*.py"))
ROOMS = sorted({path.parent for path in MODULES} - {HOUSE})

TESTS = Path(__file__).parent
OF_TESTS = sorted(TESTS.rglob("*.py"))

#: The modules of a folder, and the lines of a file.
MOST_MODULES, MOST_LINES = 16, 400
MOST_LINES_OF_A_ROOM = 6


def named(path: Path) -> str:
    return path.relative_to(TESTS.parent if TESTS in path.parents else HOUSE).as_posix()


@pytest.mark.parametrize("room", ROOMS, ids=named)
def test_a_room_says_in_a_few_lines_what_it_is_for_and_where_to_begin(room: Path) -> None:
    said = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8")))
    assert said is not None
    assert len(said.splitlines()) <= MOST_LINES_OF_A_ROOM
    assert "egin at" in said
    begins = re.findall(r"egin at\s([\w/.]+\.(?:py|toml))", said)
    assert begins
    assert all((room / one).exists() for one in begins)


@pytest.mark.parametrize("folder", [HOUSE, *ROOMS], ids=named)
def test_no_folder_is_full(folder: Path) -> None:
    assert len(list(folder.glob("*.py"))) - 1 <= MOST_MODULES


@pytest.mark.parametrize("path", [*MODULES, *OF_TESTS], ids=named)
def test_no_file_is_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def circles(nodes: Iterable[str], below: Callable[[str], Iterable[str]]) -> list[set[str]]:
    """Sets of nodes each of which is reached from itself over the others."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        left = list(below(start))
        while left:
            node = left.pop()
            if node not in seen:
                seen.add(node)
                left += below(node)
        return seen

    over = {node: reached(node) for node in nodes}
    return [{n for n in over[node] if node in over[n]} for node in over if node in over[node]]


def test_a_circle_is_found() -> None:
    arrows = {"a": "b", "b": "c", "c": "b", "d": ""}
    assert circles(arrows, arrows.__getitem__) == [{"b", "c"}, {"b", "c"}]


def test_no_module_imports_itself_over_others_also_not_inside_a_function() -> None:
    graph = grimp.build_graph("tuisim", cache_dir=None)
    assert len(graph.modules) == len(MODULES)
    assert circles(sorted(graph.modules), graph.find_modules_directly_imported_by) == []


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


def test_the_program_knows_nothing_of_its_tests() -> None:
    names = itertools.chain.from_iterable(map(imported, MODULES))
    assert not [name for name in names if name.partition(".")[0] in {"tests", "pytest", "grimp"}]


@pytest.mark.parametrize("path", OF_TESTS, ids=named)
def test_what_tests_share_lies_in_support(path: Path) -> None:
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    found = [node for node in tree if isinstance(node, ast.ImportFrom)]
    names = [f"{one.module}.{alias.name}" for one in found for alias in one.names]
    parts = [name.split(".") for name in [*names, *imported(path)]]
    assert not [
        one for one in parts if one[0] == "tests" and any(x.startswith("test_") for x in one)
    ]
