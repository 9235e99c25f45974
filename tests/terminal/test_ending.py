"""What only the program's own entry may do: it ends, whatever a thread computes."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import time

import pytest

from tests.support.processes import default_signals
from tests.support.terminal import PATIENCE

#: What ending takes at most, with a wide margin.
PROMPT = 6.0


def test_what_is_registered_for_the_end_is_done_although_a_thread_computes() -> None:
    program = (
        "import atexit, sys, threading, time; from tuisim.terminal.ending import run_program\n"
        "atexit.register(lambda: print('registered'))\n"
        "def main():\n"
        "    threading.Thread(target=time.sleep, args=(30,), name='tuisim-work').start()\n"
        "    print('written')\n"
        "    return 3\n"
        "run_program(main)\n"
    )
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=PATIENCE)
    assert time.monotonic() - begun < 20
    assert (done.returncode, done.stdout.split()) == (3, [b"written", b"registered"])


@pytest.mark.parametrize(
    ("code", "said"),
    [(0, [b"registered", b"apart"]), (129, [b"registered"])],
    ids=["by itself", "by a signal"],
)
def test_after_a_signal_nobody_waits_for_the_interpreter_to_take_itself_apart(
    code: int, said: list[bytes]
) -> None:
    program = (
        "import atexit, os; from tuisim.terminal.ending import run_program\n"
        "class Slow:\n"
        "    def __del__(self, write=os.write): write(1, b'apart ')\n"
        "slow = Slow()\n"
        "atexit.register(os.write, 1, b'registered ')\n"
        f"run_program(lambda: {code})\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout.split()) == (code, said)


def test_nothing_opened_later_is_taken_for_a_stream_that_was_closed() -> None:
    words = "import os; from tuisim.terminal.ending import run_program as run; "
    words += "run(lambda: os.open(os.devnull, os.O_RDONLY))"
    shell = f"{shlex.quote(sys.executable)} -c {shlex.quote(words)} <&- >&- 2>&-"
    assert subprocess.run(shell, shell=True, timeout=60).returncode > 2


@pytest.mark.parametrize(
    "where", ["in an import", "where exceptions are lost", "before the first command"]
)
def test_an_interrupt_as_it_begins_is_no_traceback(where: str) -> None:
    words = {
        "in an import": "class Interrupts:\n"
        "    def find_spec(self, name, *others):\n"
        "        if name == 'tuisim.cli': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupts())\n",
        # As importlib's own callbacks lose them.
        "where exceptions are lost": "import signal, weakref\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, *others):\n"
        "        if name == 'tuisim.cli':\n"
        "            it = Interrupts()\n"
        "            ref = weakref.ref(it, lambda _: signal.raise_signal(signal.SIGINT))\n"
        "            del it\n"
        "sys.meta_path.insert(0, Interrupts())\n",
        "before the first command": "from tuisim.terminal import ending\n"
        "def interrupted(*_): raise KeyboardInterrupt\n"
        "ending.leave_on_signals = interrupted\n",
    }[where]
    program = f"import sys\n{words}from tuisim.__main__ import program; program()"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=60,
        stdin=subprocess.DEVNULL, preexec_fn=default_signals,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_next_to_nothing_is_imported_before_an_interrupt_is_taken() -> None:
    program = "import sys; before = {*sys.modules}; import tuisim.__main__; "
    program += "print(*sorted({*sys.modules} - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60)
    assert done.stdout.decode().split() == [
        "__future__",
        "tuisim",
        "tuisim.__main__",
        "tuisim.system",
        "tuisim.system.version",
    ]


def test_a_main_thread_that_hears_no_signal_is_ended() -> None:
    # Minutes in one call that lets go of the interpreter, as a kernel does.
    program = (
        "import hashlib; from tuisim.terminal.ending import run_program\n"
        "def deaf():\n"
        "    print('on', flush=True)\n"
        "    hashlib.pbkdf2_hmac('sha256', b'word', b'salt', 10**9)\n"
        "run_program(deaf)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, preexec_fn=default_signals
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PROMPT) == 128 + signal.SIGTERM
    finally:
        process.kill()
        process.wait(PROMPT)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_is_heard_although_c_is_calling(name: str) -> None:
    """No exception comes out of a callback of a C library, as LLVM's that looks into the cache."""
    program = (
        "import ctypes, os, signal, time; from tuisim.terminal.ending import run_program\n"
        "def called():\n"
        f"    os.kill(os.getpid(), signal.{name})\n"
        "    for _ in range(1000): pass\n"
        "def main():\n"
        "    ctypes.CFUNCTYPE(None)(called)()\n"
        "    time.sleep(3)\n"
        "    print('went on')\n"
        "    return 0\n"
        "run_program(main)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        timeout=60,
        preexec_fn=default_signals,
    )
    assert (done.returncode, done.stdout, done.stderr) == (128 + getattr(signal, name), b"", b"")
