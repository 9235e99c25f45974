#!/usr/bin/env bash
# termgraph 0.8.0: --histogram rounds each border of its bins to one decimal and adds the width of a bin to
# what it has rounded. Where that width is no whole number of tenths, the bins end before the data,
# and what lies beyond is in none of them, or they end after it. Of 1000 values spread evenly from 0 to
# 1, 8 bins (width 0.125) run from 0.0 to 0.8 and hold 801; 20 bins (0.05) run from 0.0 to 0.2, 18 of
# them from 0.2 to 0.2, and hold 201; 25 bins (0.04) all run from 0.0 to 0.0 and hold 1; 16 bins (0.0625)
# run to 1.6 and hold 1001, the largest value twice. From 0 to 100 too: 64 bins of 1.5625 run to 102.4
# and hold 1001. Nothing is said. With 5 bins, the default, or 10 a width over 0 to 1 is whole tenths.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check termgraph==0.8.0 colorama==0.4.6
cd "$folder"
TERMGRAPH="$folder/venv/bin/termgraph" timeout 100 "$folder/venv/bin/python" - <<'PY'
import os
import re
import subprocess

PLAIN = re.compile(r"^ *(-?[\d.]+) – *(-?[\d.]+): .*?(\d+)\.00 *$")


def histogram(values, bins):
    """The bins printed, each with its two borders and its count."""
    text = "".join(f"v{i} {value:.4f}\n" for i, value in enumerate(values))
    done = subprocess.run(
        [os.environ["TERMGRAPH"], "--histogram", "--bins", str(bins), "--no-readable", "--width", "20"],
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONUTF8": "1"},
        check=True,
    )
    assert not done.stderr, done.stderr
    rows = [PLAIN.match(re.sub(r"\x1b\[\d*m", "", line)) for line in done.stdout.splitlines()]
    rows = [(float(row[1]), float(row[2]), int(row[3])) for row in rows if row]
    assert len(rows) == bins
    return rows


for top, bins, end, held in (
    (1, 5, 1.0, 1000),
    (1, 10, 1.0, 1000),
    (1, 8, 0.8, 801),
    (1, 20, 0.2, 201),
    (1, 25, 0.0, 1),
    (1, 16, 1.6, 1001),
    (100, 64, 102.4, 1001),
):
    values = [top * i / 999 for i in range(1000)]
    rows = histogram(values, bins)
    # The bins as they are meant to be: as many, of one width, over all of the data.
    right = [0] * bins
    for value in values:
        right[min(int(value / top * bins), bins - 1)] += 1
    got = sum(count for _, _, count in rows)
    empty = sum(low == high for low, high, _ in rows)
    print(f"0 to {top}, {bins} bins: from {rows[0][0]} to {rows[-1][1]}, {empty} of no width, "
          f"hold {got} of {len(values)}; each is to hold {min(right)} to {max(right)}")
    assert sum(right) == 1000
    assert (rows[-1][1], got) == (end, held), "the borders have changed"
PY
