"""The compiler's code goes out of memory once it is not needed, and comes back where it is."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tuisim.system.pages import let_go_of_code

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
