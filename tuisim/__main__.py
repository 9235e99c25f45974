"""The program: `tuisim`, or python -m tuisim."""

import os
from typing import NoReturn


def program() -> NoReturn:
    """Run the command line as a process of its own, also where it is interrupted as it begins."""
    try:
        from tuisim.cli import console
    except KeyboardInterrupt:
        # Python would print where in an import it was.
        os._exit(130)
    console()


if __name__ == "__main__":
    program()
