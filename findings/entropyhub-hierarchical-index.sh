#!/usr/bin/env bash
# EntropyHub 2.0 (NumPy 2.4.6, SciPy 1.17.1): hMSEn, hierarchical multiscale entropy, returns an entropy for
# each node of a tree, the mean over the nodes of each scale, Sn, and "the complexity index (CI) of the
# hierarchical tree (i.e. sum(Sn))". CI is the sum over the nodes: scale T counts 2^(T - 1) times as much,
# and CI about doubles with each scale, where multiscale entropy's grows by one mean. Distribution entropy
# of 1024 points of white noise at 2 to 5 scales: CI 2.3, 5.6, 12.3 and 26.3, sum(Sn) 1.5, 2.4, 3.2 and 4.1.
# hXMSEn, the same for two series, with the same sentence in its text, has sum(Sn).
# Text: https://www.entropyhub.xyz and the docstring.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    EntropyHub==2.0 numpy==2.4.6 scipy==1.17.1 matplotlib==3.11.2
cd "$folder"
MPLBACKEND=agg timeout 300 "$folder/venv/bin/python" -W ignore - <<'PY'
import contextlib
import io

import EntropyHub
import numpy as np

x, y = np.random.default_rng(0).normal(size=(2, 1024))


def tree(x, scales):
    """Halved means and differences of neighbours: 1, 2, 4 ... series."""
    rows = [[x]]
    for _ in range(scales - 1):
        rows.append([half for z in rows[-1] for half in ((z[::2] + z[1::2]) / 2.0, (z[::2] - z[1::2]) / 2.0)])
    return rows


for scales in (2, 3, 4, 5):
    with contextlib.redirect_stdout(io.StringIO()):
        settings = EntropyHub.MSobject("DistEn", m=2)
        nodes, means, index = EntropyHub.hMSEn(x, settings, Scales=scales)
        _, cross_means, cross = EntropyHub.hXMSEn(x, y, EntropyHub.MSobject("XDistEn", m=2), Scales=scales)
    again = [[EntropyHub.DistEn(z, m=2)[0] for z in row] for row in tree(x, scales)]
    assert np.allclose(nodes, sum(again, [])) and np.allclose(means, [np.mean(row) for row in again])
    print(f"{scales} scales: CI {index:.3f}, sum over nodes {nodes.sum():.3f}, sum(Sn) {means.sum():.3f}; "
          f"hXMSEn's CI {cross:.3f}, sum(Sn) {cross_means.sum():.3f}")
    assert np.isclose(index, nodes.sum()) and index > 1.4 * means.sum(), "CI is no longer that of the nodes"
    assert np.isclose(cross, cross_means.sum())
PY
