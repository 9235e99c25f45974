#!/usr/bin/env bash
# sparklines 1.0.0 draws numbers of both signs as bars up and bars down. Its text says of num_lines, a whole number:
# "total rows, split proportionally; shared scale". The rows are split as the largest values are, and each
# side is then scaled to the larger of the two over its own rows, so the share is taken twice. Of
# 10, 5 and -5 in six rows, four up and two down, 5 is 16 eighths high and -5 is 8, and the last row is
# always empty. "auto", for "an exact proportional split", does the same unless the split is even.
# minimum and maximum are left out with both signs: with 0 and 20 the bar of 10 is 4 eighths high and
# not 8, but next to a -5 it stays 8.
# Text: https://github.com/deeplook/sparklines, README, -n / --num-lines.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    sparklines==1.0.0 termcolor==3.3.0
cd "$folder"
env -u NO_COLOR -u ANSI_COLORS_DISABLED TERM=xterm timeout 300 "$folder/venv/bin/python" -W ignore - <<'PY'
import re

from sparklines import sparklines

BLOCKS = " ▁▂▃▄▅▆▇█"
CELL = re.compile("\x1b\\[7m(.)\x1b\\[(?:27|0)m|(.)")


def eighths(lines):
    """The height of each column, up or down; a block in reverse video is filled from above."""
    heights = {}
    for line in lines:
        for column, (reverse, plain) in enumerate(CELL.findall(line)):
            heights.setdefault(column, 0)
            heights[column] += 8 - BLOCKS.index(reverse) if reverse else BLOCKS.index(plain)
    return list(heights.values())


for data, rows in (([10, 5, -5], 6), ([10, 5, -5], "auto"), ([10, 4, -4, -2], 7), ([9, 3, -3], 12)):
    lines = sparklines(data, num_lines=rows)
    heights = eighths(lines)
    up, down = heights[1], heights[2]
    share = -min(data) / max(data)
    print(f"{data} in {len(lines)} rows: {dict(zip(data, heights))} eighths")
    # One scale: equal numbers, equal bars, to the eighth that is rounded away and the one that 0 has.
    assert data[1] == -data[2] and abs(up - down) > 2, "equal numbers have equal bars"
    assert abs(down - up * share) <= 2.0, "the share is no longer taken twice"
assert sparklines([10, 5, -5], num_lines=6)[-1].strip() == ""
even = eighths(sparklines([10, 5, -5, -10], num_lines=6))
print("[10, 5, -5, -10] in 6 rows:", even)
assert even[1] == even[2]

for data in ([10, 5], [10, 5, -5]):
    plain, limited = (eighths(sparklines(data, **k)) for k in ({}, {"minimum": 0, "maximum": 20}))
    print(f"{data}: {plain}, with minimum 0 and maximum 20 {limited}")
    assert (plain == limited) == (min(data) < 0)
PY
