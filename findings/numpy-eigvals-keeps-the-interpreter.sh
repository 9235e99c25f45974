#!/usr/bin/env bash
# NumPy 2.4.6: its page on threads has them run in parallel where most of the time goes into low-level code,
# because NumPy gives the interpreter up there. numpy.linalg.eigvals of a matrix of up to 500 rows, a
# tenth of a second and more of LAPACK, keeps it for the whole call: every other thread stands still, and
# two threads with a matrix each take as long as one with both. From 501 rows on others run. What is
# compared with 500, a threshold that is meant for elements, is the number of matrices times one side, not
# the work, some n^3: five matrices of 100 rows in one call keep it, and six do not. numpy.linalg.eig
# of 500 rows does not keep it.
# Text: https://numpy.org/doc/stable/reference/thread_safety.html,
# https://numpy.org/doc/stable/reference/c-api/array.html (NPY_BEGIN_THREADS_THRESHOLDED).
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check numpy==2.4.6
cd "$folder"
timeout 300 "$folder/venv/bin/python" - <<'PY'
import threading

import numpy as np

random = np.random.default_rng(0)
turns, ends = 0, threading.Event()


def turn():
    global turns
    while not ends.wait(0.0005):
        turns += 1


def turns_beside(function, *shape):
    """How often the other thread had its turn during a call; the fewest of three."""
    matrices = random.standard_normal(shape)
    found = []
    for _ in range(3):
        before = turns
        function(matrices)
        found.append(turns - before)
    return min(found)


thread = threading.Thread(target=turn)
thread.start()
cases = [
    (np.linalg.eigvals, (500, 500), True),
    (np.linalg.eigvals, (501, 501), False),
    (np.linalg.eig, (500, 500), False),
    (np.linalg.eigvals, (5, 100, 100), True),
    (np.linalg.eigvals, (6, 100, 100), False),
]
right = True
for function, shape, keeps in cases:
    found = turns_beside(function, *shape)
    print(f"{function.__name__:8} {str(shape):14} turns of another thread meanwhile: {found}")
    # One may be about to begin as the call does, and one as it ends.
    right &= (found <= 2) == keeps
ends.set()
thread.join()
raise SystemExit(not right)
PY
