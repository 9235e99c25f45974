"""What goes out of memory: code that is not needed, and places for threads of their own."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tuisim.system.pages import let_go_of_code

#: Eight threads hold memory at once, and then glibc says what arenas there are.
ARENAS = """
import ctypes, threading
from tuisim.system import pages
{first}
together = threading.Barrier(9)
def hold():
    held = [bytes(1000) for _ in range(1000)]
    together.wait(60)
    together.wait(60)
threads = [threading.Thread(target=hold) for _ in range(8)]
for one in threads:
    one.start()
together.wait(60)
library = ctypes.CDLL(None)
library.fdopen.restype = ctypes.c_void_p
stream = ctypes.c_void_p(library.fdopen(1, b"w"))
library.malloc_info(0, stream)
library.fflush(stream)
together.wait(60)
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc")


def resident() -> int:
    """Kilobytes of the compiler's code that are in memory."""
    text = Path("/proc/self/smaps").read_text()
    parts = re.findall(r" r-xp .*libllvmlite.*\n(?:\w.*\n)*?Rss: +(\d+) kB", text)
    assert parts
    return sum(map(int, parts))


def test_it_goes_and_comes_back() -> None:
    from llvmlite import binding

    def parsed() -> str:
        return str(binding.parse_assembly("define i32 @one() {\n  ret i32 1\n}\n"))

    first = parsed()
    before = resident()
    let_go_of_code("libllvmlite")
    assert resident() < before / 2
    assert parsed() == first
    let_go_of_code("no such library")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of glibc's")
@pytest.mark.parametrize(("first", "many"), [("", True), ("pages.share_one_arena()", False)])
def test_threads_share_one_arena(first: str, many: bool) -> None:
    said = subprocess.run(
        [sys.executable, "-c", ARENAS.format(first=first)],
        capture_output=True, text=True, check=True, timeout=120,
    ).stdout  # fmt: skip
    arenas = len(re.findall("<heap nr=", said))
    assert arenas > 1 if many else arenas == 1
