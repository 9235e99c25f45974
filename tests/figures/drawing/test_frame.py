"""The frame that plotext draws, and the private names of plotext that it rests on."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from tuisim.figures.drawing.figure import ROLES
from tuisim.figures.drawing.frame import ROLE_NUMBER, FrameKey, FrameLine, FrameText, draw_frame

LABELS = ((0.0, "0"), (50.0, "50"), (100.0, "100"))


def key(**changes: object) -> FrameKey:
    values: dict[str, object] = {
        "columns": 30, "rows": 8, "x_low": 0.0, "x_high": 100.0, "y_low": -5.0, "y_high": 1.0,
        "x_ticks": LABELS, "y_ticks": ((-5.0, "1e-5"), (1.0, " 1e1")),
    }  # fmt: skip
    return FrameKey(**(values | changes))  # type: ignore[arg-type]


def rows(one: FrameKey) -> list[str]:
    return ["".join(row) for row in draw_frame(one)[0]]


def test_axes_ticks_labels_lines_and_texts() -> None:
    frame = key(
        lines=(FrameLine(-2.0, "limit"), FrameLine(25.0, "guide", upright=True)),
        texts=(FrameText(15, 0, "⠒⠒", "theory"), FrameText(17, 0, " name", "label")),
    )
    assert rows(frame) == [
        " 1e1┤      ╎        ⠒⠒ name   ",
        "    │      ╎                  ",
        "    ├╌╌╌╌╌╌┼╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌",
        "    │      ╎                  ",
        "    │      ╎                  ",
        "1e-5┤      ╎                  ",
        "    └┬─────┴─────┬───────────┬",
        "     0          50        100 ",
    ]


def test_roles_are_cell_by_cell() -> None:
    _, roles = draw_frame(key(lines=(FrameLine(-2.0, "limit"),)))
    names = np.array(ROLES)[roles]
    assert names[0, 1] == "label"
    assert names[0, 4] == "frame"
    assert names[3, 10] == "limit" or names[2, 10] == "limit"
    assert names[7, 5] == "label"
    assert names[1, 10] == "blank"


def test_ascii_has_none_but_ascii() -> None:
    frame = rows(key(ascii=True, lines=(FrameLine(-2.0, "limit"),)))
    assert all(row.isascii() for row in frame)
    assert "- - - -" in "".join(frame)


@pytest.mark.parametrize("columns", range(20, 120, 7))
def test_no_label_across_is_dropped(columns: int) -> None:
    last = rows(key(columns=columns, x_ticks=tuple((v, f"{v:g}") for v in (0, 25, 50, 75, 100))))
    missing = [one for one in ("0", "25", "50", "75", "100") if one not in last[-1].split()]
    assert not missing or columns < 30


def test_axes_left_out() -> None:
    bare = key(x_ticks=None, y_ticks=None)
    assert (bare.canvas_columns, bare.canvas_rows) == (30, 8)
    assert set("".join(rows(bare))) == {" "}


def test_one_cell_and_none() -> None:
    assert rows(key(columns=1, rows=1, x_ticks=None, y_ticks=None)) == [" "]
    with pytest.raises(ValueError, match="no room"):
        draw_frame(key(columns=4))


def test_frames_are_cached_and_not_to_be_written_to() -> None:
    chars, roles = draw_frame(key())
    assert draw_frame(key())[0] is chars
    assert not chars.flags.writeable
    assert not roles.flags.writeable


def test_no_terminal_is_asked_for_its_size() -> None:
    import shutil

    rows(key(columns=29))  # plotext's import asks once, for a figure that is not ours

    def refuse(*_: object) -> None:
        raise AssertionError("asked the terminal for its size")

    # Whoever reports on the tests may ask.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(shutil, "get_terminal_size", refuse)
        found = rows(key(columns=300, rows=90))
    assert len(found) == 90


def test_threads_draw_frames_at_once() -> None:
    from concurrent.futures import ThreadPoolExecutor

    keys = [key(columns=40 + i % 7, y_low=-5.0 - i) for i in range(40)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(rows, keys))
    draw_frame.cache_clear()
    assert together == [rows(one) for one in keys]


def test_the_private_names_of_plotext() -> None:
    from plotext._date import date_class
    from plotext._monitor import monitor_class

    plot = monitor_class()
    plot.set_date(date_class())
    plot.set_size([7, 3])
    plot.set_ticks_color(ROLE_NUMBER["frame"])
    assert plot.ticks_color == ROLE_NUMBER["frame"]
    wanted = {
        "set_axes_color": ["color"],
        "set_canvas_color": ["color"],
        "set_xaxes": ["lower", "upper"],
        "set_yaxes": ["left", "right"],
        "set_xlim": ["left", "right", "xside"],
        "set_ylim": ["lower", "upper", "yside"],
        "set_xticks": ["ticks", "labels", "xside"],
        "set_yticks": ["ticks", "labels", "yside"],
        "draw_vertical_line": ["coordinate", "color", "xside"],
        "draw_horizontal_line": ["coordinate", "color", "yside"],
        "build_plot": [],
    }
    for name, parameters in wanted.items():
        assert list(inspect.signature(getattr(plot, name)).parameters) == parameters
    plot.draw([0, 1], [0, 1], marker="x")
    plot.build_plot()
    assert len(plot.matrix.marker) == len(plot.matrix.fullground) == 3
    assert {len(row) for row in plot.matrix.marker} == {7}
