"""The program: `tuisim`, or python -m tuisim."""

import os
import sys
from typing import NoReturn


def program(isolated: bool = False) -> NoReturn:
    """Run the command line as a process of its own, also where it is interrupted as it begins.

    Args:
        isolated: whether the environment is one of this program's own choice.
    """
    try:
        if "--kiosk" in sys.argv[1:] and not isolated:
            from tuisim.system.isolation import isolate

            isolate(sys.argv[1:])
        from tuisim.cli import console
    except KeyboardInterrupt:
        # Python would print where in an import it was.
        os._exit(130)
    console()


if __name__ == "__main__":
    program()
