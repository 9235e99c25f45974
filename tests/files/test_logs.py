"""The log of a training: what its columns are, however it is written, grows, is cut or replaced."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuisim.files import logs
from tuisim.files.logs import LogReader


def lines(rows: Sequence[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def read(reader: LogReader, *, whole: bool = False) -> dict[str, tuple[list[float], list[float]]]:
    for _ in reader.read_on(whole=whole):
        pass
    return {name: (one.x.tolist(), one.middle.tolist()) for name, one in reader.columns.items()}


def read_whole(path: Path, text: str) -> dict[str, tuple[list[float], list[float]]]:
    path.write_text(text, encoding="utf-8")
    return read(LogReader(path), whole=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log"


def test_json_lines_with_numbers_within_others_and_rows_of_other_columns(path: Path) -> None:
    found = read_whole(
        path,
        lines(
            [
                {"step": 0, "train": {"loss": 2, "note": "a"}, "on": True, "grad_norm": 1.5},
                {"step": 10, "train": {"loss": 1.0}, "grad_norm": 0.5, "lr": "1e-3"},
                {"step": 10, "eval_loss": 1.25},
            ]
        ),
    )
    assert found == {
        "train.loss": ([0, 10], [2, 1]),
        "grad_norm": ([0, 10], [1.5, 0.5]),
        "lr": ([10], [0.001]),
        "eval_loss": ([10], [1.25]),
    }


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_with_a_header_and_gaps(path: Path, delimiter: str) -> None:
    text = "epoch,loss,val loss,name\n1,0.5,,a\n2,0.25,0.75,b\n".replace(",", delimiter)
    assert read_whole(path, text) == {"loss": ([1, 2], [0.5, 0.25]), "val loss": ([2], [0.75])}


@pytest.mark.parametrize(
    ("names", "label"),
    [
        (["epoch", "Global_Step", "loss"], "Global_Step"),
        (["loss", "train.step"], "train.step"),
        (["update", "loss"], "update"),
        (["_runtime", "_step", "loss"], "_step"),
        (["epoch", "trainer/global_step", "loss"], "trainer/global_step"),
        (["loss.step", "step", "loss"], "step"),
        (["loss", "norm"], "row"),
    ],
)
def test_the_updates_are_found_by_name(path: Path, names: list[str], label: str) -> None:
    path.write_text(lines([dict.fromkeys(names, 7)]), encoding="utf-8")
    reader = LogReader(path)
    found = read(reader)
    assert reader.label == label
    assert found["loss"] == ([0.0 if label == "row" else 7.0], [7.0])


def test_a_first_row_without_its_update_does_not_hide_the_others(path: Path) -> None:
    text = lines([{"parameters": 12}])
    path.write_text(text, encoding="utf-8")
    reader = LogReader(path)
    assert read(reader)["parameters"] == ([0], [12])
    path.write_text(text + lines([{"step": k, "loss": 1.0} for k in (5, 6)]), encoding="utf-8")
    assert read(reader) == {"parameters": ([0], [12]), "loss": ([5, 6], [1, 1])}
    assert (reader.label, reader.rows, reader.renewed) == ("step", 3, 0)
    assert [*reader.read_on()] == []


def test_what_is_no_number_is_told(path: Path) -> None:
    text = "step,grad_norm\n1,nan\n2,inf\n3,-Infinity\n4,2\n"
    path.write_text(text, encoding="utf-8")
    reader = LogReader(path)
    read(reader)
    one = reader.columns["grad_norm"]
    assert one.bad.tolist() == [3, 2, 1, 0]
    assert np.isnan(one.middle[:3]).all()
    assert one.middle[3] == 2
    assert read_whole(path, "g\n1.7e308\n")["g"][1] == [1.7e308]
    assert read_whole(path, '{"step": 1, "g": NaN}\n{"step": 2, "g": 1e999}\n')["g"][0] == [1, 2]
    assert read_whole(path, lines([{"step": 1, "g": 10**400}]))["g"][0] == [1]


def test_half_a_line_waits_for_its_end(path: Path) -> None:
    rows = lines([{"step": k, "loss": k / 8} for k in range(3)])
    reader = LogReader(path)
    for at in range(1, len(rows) + 1):
        path.write_text(rows[:at], encoding="utf-8")
        found = read(reader)
        count = rows[:at].count("\n")
        assert found.get("loss", ([], []))[1] == [k / 8 for k in range(count)]
    assert reader.skipped == reader.renewed == 0
    # Of a file that is drawn once a whole last line is one without its end too; half of one is not.
    assert len(read_whole(path, rows.rstrip())["loss"][0]) == 3
    assert len(read_whole(path, rows[:-4])["loss"][0]) == 2


def test_it_grows_is_cut_off_and_is_replaced(path: Path) -> None:
    def rows(first: int, last: int, lead: str = "") -> str:
        return lines([{"step": k, "loss": float(k), "note": lead} for k in range(first, last)])

    path.write_text(rows(0, 5), encoding="utf-8")
    reader = LogReader(path)
    assert len(read(reader)["loss"][0]) == 5
    with path.open("a", encoding="utf-8") as file:
        file.write(rows(5, 8))
    assert read(reader)["loss"][0] == list(range(8))
    assert [*reader.read_on()] == []
    # Cut off.
    path.write_text(rows(0, 2), encoding="utf-8")
    assert read(reader)["loss"][0] == [0, 1]
    assert reader.renewed == 1
    # Written anew, and longer than before, into the same file.
    path.write_text(rows(3, 9, "x"), encoding="utf-8")
    assert read(reader)["loss"][0] == [3, 4, 5, 6, 7, 8]
    # Another file in its place.
    other = path.with_name("other")
    other.write_text(path.read_text(encoding="utf-8") + rows(9, 10, "x"), encoding="utf-8")
    os.replace(other, path)
    assert len(read(reader)["loss"][0]) == 7
    assert reader.renewed == 3


def test_where_the_updates_go_back_what_was_there_is_gone(path: Path) -> None:
    steps = [0, 1, 2, 3, 2, 3, 4]
    text = lines([{"step": step, "loss": float(k)} for k, step in enumerate(steps)])
    assert read_whole(path, text)["loss"] == ([0, 1, 2, 3, 4], [0, 1, 4, 5, 6])


def test_many_rows_of_one_epoch_stay_however_they_are_read(path: Path) -> None:
    texts = [lines([{"epoch": epoch, "loss": 0.5}]) for epoch in (0, 0, 0, 1, 1, 1)]
    reader = LogReader(path)
    for count in range(1, 7):
        path.write_text("".join(texts[:count]), encoding="utf-8")
        found = read(reader)
    assert found["loss"][0] == [0, 0, 0, 1, 1, 1]


def test_the_index_that_pandas_writes_is_no_column(path: Path) -> None:
    assert read_whole(path, ",loss\n0,1\n1,2\n0,3\n") == {"loss": ([0, 1, 2], [1, 2, 3])}
    assert read_whole(path, ",step,loss\n0,5,1\n1,6,2\n") == {"loss": ([5, 6], [1, 2])}


@pytest.mark.parametrize("begins", ['{"step": 3, "l": 2}\n', "step,l\n3,2\n"])
def test_lines_of_text_before_a_log_are_passed_over(path: Path, begins: str) -> None:
    text = "Warning: slow\nStarting\nEpoch 1, loss 0.3\n[1]\n{'l': 2, 'm': 3}\n"
    reader = LogReader(path)
    path.write_text(text, encoding="utf-8")
    assert read(reader) == {}
    path.write_text(text + begins, encoding="utf-8")
    assert read(reader) == {"l": ([3], [2])}
    assert (reader.skipped, reader.renewed) == (5, 0)


def test_updates_that_are_counted_anew_in_each_epoch_go_on(path: Path) -> None:
    rows = [{"epoch": e, "step": k, "loss": 0.5} for e in range(3) for k in range(1, 4)]
    assert read_whole(path, lines(rows))["loss"][0] == list(range(1, 10))


def test_lines_that_cannot_be_read_are_counted(path: Path) -> None:
    path.write_text('{"step": 1, "l": 2}\nwarning\n[1]\n{"step": 2, "l": 3}\n\n', encoding="utf-8")
    reader = LogReader(path)
    assert read(reader)["l"][0] == [1, 2]
    assert reader.skipped == 2


def naive(values: Sequence[float], together: int) -> list[tuple[float, float]]:
    """The least and the greatest of every so many."""
    groups = [values[k : k + together] for k in range(0, len(values), together)]
    return [(min(group), max(group)) for group in groups]


def test_memory_is_bounded_and_nothing_extreme_is_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST_ENTRIES", 27)
    # Little is read at once.
    monkeypatch.setattr(logs, "_AT_ONCE", 64)
    values = np.random.default_rng(0).lognormal(size=1000).tolist()
    path.write_text(
        lines([{"step": k, "g": value} for k, value in enumerate(values)]), encoding="utf-8"
    )
    reader = LogReader(path)
    read(reader)
    one = reader.columns["g"]
    assert one.together == 81
    assert len(one.x) <= 27
    assert one.x.tolist() == list(range(0, 1000, 81))
    assert [*zip(one.low.tolist(), one.high.tolist(), strict=True)] == naive(values, 81)
    # The remedian of a whole group is a value of it, and near to its middle.
    ranks = [
        float(np.mean(np.array(values[k : k + 81]) <= middle))
        for k, middle in zip(range(0, 972, 81), one.middle.tolist(), strict=False)
    ]
    assert all(middle in values for middle in one.middle[:-1].tolist())
    assert all(0.3 < rank < 0.7 for rank in ranks)


def test_one_that_is_nan_among_many_stays_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_ENTRIES", 9)
    values = [math.nan if k == 40 else 1.0 for k in range(60)]
    path.write_text("g\n" + "".join(f"{one}\n" for one in values), encoding="utf-8")
    reader = LogReader(path)
    read(reader)
    one = reader.columns["g"]
    assert one.bad.max() == 3
    assert one.x[one.bad == 3].tolist() == [36.0]
    assert np.nanmin(one.low) == np.nanmax(one.high) == 1.0


def test_so_many_columns_are_kept(path: Path) -> None:
    row = {f"c{k}": 1.0 for k in range(logs.MOST_COLUMNS + 3)}
    path.write_text(lines([row]), encoding="utf-8")
    reader = LogReader(path)
    assert len(read(reader)) == logs.MOST_COLUMNS
    assert reader.left_out == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"1,2\n3,4\n", "no log"),
        (b"[1, 2]\n", "no log"),
        (b"\x00\x01\x02", "no log"),
        (b"a text,\nof words,\n", "no log"),
        (b'{"note": "no number"}\n', "no log"),
        (b"a,a\n1,2\n", "no log"),
    ],
)
def test_what_is_no_log_is_told_so(path: Path, content: bytes, said: str) -> None:
    path.write_bytes(content)
    with pytest.raises(ValueError, match=said):
        read(LogReader(path), whole=True)


def test_a_line_without_end_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_LONGEST_LINE", 1 << 16)
    monkeypatch.setattr(logs, "_AT_ONCE", 1 << 14)
    path.write_bytes(b"{" + b" " * (1 << 18))
    with pytest.raises(ValueError, match="a line of over"):
        read(LogReader(path))


def test_a_pipe_is_no_file_and_is_not_waited_for(path: Path) -> None:
    os.mkfifo(path)
    for one in (Path(os.devnull), path):
        with pytest.raises(ValueError, match=f"^{one}: a pipe or a device"):
            read(LogReader(one))
