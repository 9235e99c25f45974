"""How many threads linear algebra takes in a process that is all tuisim's.

May import the standard library alone.
"""

from __future__ import annotations

import os

#: What the libraries that NumPy is built with read as they are loaded.
_COUNTS = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def one_thread_each() -> None:
    """Have NumPy, and that of processes begun from here, do linear algebra in one thread.

    Two threads that share a product wait for each other without rest: beside other work on the
    same cores that took eighty times as long. To be called before NumPy is imported.
    """
    for name in _COUNTS:
        os.environ[name] = "1"
