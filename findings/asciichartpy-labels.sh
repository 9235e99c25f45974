#!/usr/bin/env bash
# asciichartpy 1.5.25: plot(series, {"height": h}) puts a row at each whole number of h / (max - min) times
# a value, from the one under the smallest value to the one over the largest, and then labels these
# rows as if they ran from the smallest value to the largest itself. So where the ends are no whole
# numbers of rows, curve and labels do not belong together, by up to a row, one way at one end and the
# other way at the other. With height 4, 0.05 is drawn on the row labelled 0.07, and the row that is
# labelled 0.05 stays empty; 0.16 stands on its label. A sine of amplitude 1 with height 5 goes from the row
# labelled -0.67 to that labelled 0.67, and those of -1.00 and 1.00 stay empty. "height", the number of
# rows, gives 6 and 7 of them. With heights that make the ends whole, as in its examples, all is right.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check asciichartpy==1.5.25 setuptools==80.9.0
cd "$folder"
export PYTHONIOENCODING=utf-8
timeout 60 "$folder/venv/bin/python" - <<'PY'
import math

import asciichartpy


def read(values, height):
    """The label of the row that each value stands on, and all labels; each value is held for two steps."""
    rows = asciichartpy.plot([v for value in values for v in (value, value)], {"height": height, "offset": 3})
    print(rows)
    labels, found = [], {}
    for row in rows.split("\n"):
        axis = max(row.find("┤"), row.find("┼"))
        labels.append(float(row[:axis]))
        for column, sign in enumerate(row[axis + 1 :]):
            # A step without change is a dash; the first is at the axis.
            if sign == "─" and column % 2 == 0:
                found[column // 2] = labels[-1]
    return [found[i] for i in range(len(values))], labels


cases = {
    "few": ([0.05, 0.08, 0.11, 0.14, 0.16], 4),
    "sine": ([math.sin(math.pi * i / 18) for i in range(36)], 5),
    "whole": ([10.0, 20.0, 30.0, 40.0, 50.0], 4),
}
off = {}
for name, (values, height) in cases.items():
    found, labels = read(values, height)
    row = labels[0] - labels[1]
    # Half a row is what rounding to rows takes, and 0.01 what the labels are rounded by.
    off[name] = [(label - value) / row for label, value in zip(found, values)]
    print(f"{name}: labels from {labels[-1]} to {labels[0]}, smallest value {min(values):.2f} on {min(found)}, "
          f"largest {max(values):.2f} on {max(found)}, off by up to {max(map(abs, off[name])):.2f} rows, "
          f"{len(labels)} rows for height {height}")
    assert labels[-1] == round(min(values), 2) and labels[0] == round(max(values), 2)
    if name == "few":
        assert min(found) > labels[-1], "the smallest value stands on its label now"
    if name == "sine":
        assert max(found) < labels[0] and min(found) > labels[-1], "the ends stand on their labels now"
assert max(map(abs, off["few"])) > 0.9 and max(map(abs, off["sine"])) > 0.9
assert max(map(abs, off["whole"])) == 0.0
PY
