"""Running in an environment of this program's own choice, whatever it was started in.

May import the standard library alone, and runs before anything else does.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

#: What says how to draw, and changes nothing of what runs.
PASSED = ("TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE")
#: No path, no markup, nothing that a library could take for more than a name.
_PLAIN = re.compile(r"[A-Za-z0-9_.@+-]{1,64}", re.ASCII)

# As -m, but of where this program lies if the isolated Python does not know it: a checkout, say.
_CODE = """
import sys
sys.path.append(sys.argv.pop(1))
from tuisim.__main__ import program
program(isolated=True)
"""


def kept(environ: Mapping[str, str]) -> dict[str, str]:
    """What stays of an environment."""
    return {name: environ[name] for name in PASSED if _PLAIN.fullmatch(environ.get(name, ""))}


def isolate(arguments: Sequence[str]) -> None:
    """Become a process with as good as no environment, with a Python that reads no setting.

    It stands in the root directory, where a relative name means nothing, and settings of libraries
    are not looked for. What a variable made Python do before this was called cannot be undone.

    Args:
        arguments: of the command line.

    Raises:
        SystemExit: this Python cannot be run again.
    """
    os.chdir("/")
    root = str(Path(__file__).resolve().parents[2])
    words = [sys.executable, "-I", "-B", "-c", _CODE, root, *arguments]
    try:
        os.execve(sys.executable, words, kept(os.environ))
    except OSError as error:
        raise SystemExit(f"tuisim: --kiosk: {sys.executable!r}: {error.strerror}") from None
