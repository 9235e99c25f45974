"""How fast a draw's QR is beside LAPACK's: `python -m tests.benchmarks.bench_draws`.

Prints a table in markdown. Times are ratios within one run on one thread, the contestants taking
turns, each at its best. With --check the exit code is 1 where a ratio misses its target.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from tests.benchmarks.bench_engine import Report, best_of
from tuisim.engine.base.blas import one_blas_thread
from tuisim.engine.maths.ordered import compiled, orthonormal, symmetric_eigenbasis

#: Width → how many times as fast as LAPACK; at 2048, two seconds where LAPACK takes 1.3.
AGAINST_LAPACK = {8: 0.65, 32: 0.65, 64: 0.65, 128: 0.65, 512: 0.65, 2048: 0.65}
#: Up to this width eigenbases are timed too; there is no target for them.
_EIGEN = 512


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    parser.add_argument("--seconds", type=float, default=3.0, help="spent on each comparison")
    given = parser.parse_args()
    report = Report()
    report.table("width", "QR ms", "LAPACK/tuisim", "target", "Schur basis ms", "LAPACK/tuisim")
    with one_blas_thread():
        for width, target in AGAINST_LAPACK.items():
            normal = np.random.default_rng(width).standard_normal((width, width))
            times = best_of(
                given.seconds,
                ours=lambda a=normal: orthonormal(a, compiled()),
                lapack=lambda a=normal: np.linalg.qr(a),
            )
            cells = [f"{times['ours'] * 1e3:.3g}"]
            cells.append(report.ratio(f"QR {width}", times["lapack"] / times["ours"], target))
            cells.append(f"{target:g}×")
            if width <= _EIGEN:
                symmetric, orthogonal = normal + normal.T, orthonormal(normal, compiled())
                eigen = best_of(
                    given.seconds,
                    ours=lambda a=symmetric: symmetric_eigenbasis(a, compiled()),
                    lapack=lambda a=orthogonal: np.linalg.eig(a),
                )
                cells.append(f"{eigen['ours'] * 1e3:.3g}")
                cells.append(f"{eigen['lapack'] / eigen['ours']:.2f}×")
            report.row(width, *cells)
    print("\n" + "\n".join(["Missed:", *report.missed] if report.missed else ["All targets met."]))
    return 1 if given.check and report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
