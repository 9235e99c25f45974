"""The program: `tuisim`, or python -m tuisim.

Until `program` runs an interrupt is Python's, which prints where it was: nothing is imported before
that takes any time.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def program(isolated: bool = False) -> "NoReturn":
    """Run the command line as a process of its own, also where it is interrupted as it begins.

    Args:
        isolated: whether the environment is one of this program's own choice.
    """
    try:
        import signal

        # An exception would be lost in what C calls, and in an import it has nothing to unwind.
        usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if usual:
            signal.signal(signal.SIGINT, lambda *_: os._exit(130))
        if "--kiosk" in sys.argv[1:] and not isolated:
            from tuisim.system.isolation import isolate

            isolate(sys.argv[1:])
        from tuisim.cli import console

        if usual:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        console()
    except KeyboardInterrupt:
        # Python would print where in an import it was.
        os._exit(130)


if __name__ == "__main__":
    program()
