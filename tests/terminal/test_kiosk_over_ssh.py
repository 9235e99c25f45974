"""A guest's account as docs/kiosk.md has it, and attempts to get out of it; nothing gets out."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs
import pytest

from tests.support.guests import GUEST, host
from tests.support.processes import default_signals
from tests.support.shown import Shown, shown
from tests.support.sshd import Server
from tests.support.terminal import PATIENCE, PROMPT
from tuisim.system.isolation import PASSED
from tuisim.tui.kiosk.app import NOT_SUSPENDED

if not Path("/proc/self/environ").exists():
    pytest.skip("needs Linux's /proc", allow_module_level=True)

#: Where all may write, and a guest who got out would leave something.
OPEN_TO_ALL = ("/tmp", "/var/tmp", "/dev/shm")
REFUSED = "standard input is not a terminal"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with host(tmp_path_factory.mktemp("host")) as one:
        yield one


@pytest.fixture(scope="module")
def trap() -> Iterator[Path]:
    """A folder that all may write to, with modules that leave a mark where they are imported."""
    folder = Path("/tmp") / f"tuisim-trap-{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o777)
    mark = f"open({str(folder / 'mark')!r}, 'a').close()\n"
    for name in ("sitecustomize", "usercustomize", "startup", "trap", "numba", "click", "textual"):
        (folder / f"{name}.py").write_text(mark)
    try:
        yield folder
    finally:
        for one in folder.iterdir():
            with contextlib.suppress(OSError):
                one.unlink()
        folder.rmdir()


def variables(trap: Path) -> dict[str, str]:
    """What would change what runs, if it got through."""
    return {
        "PYTHONINSPECT": "1",
        "PYTHONPATH": str(trap),
        "PYTHONHOME": str(trap),
        "PYTHONSTARTUP": str(trap / "startup.py"),
        "PYTHONUSERBASE": str(trap),
        "PYTHONBREAKPOINT": "trap.run",
        "PYTHONWARNINGS": "error",
        "TEXTUAL_LOG": str(trap / "log"),
        "TEXTUAL_DRIVER": "trap:Driver",
        "TEXTUAL_PRESS": "q",
        "TEXTUAL_SCREENSHOT": "0",
        "TEXTUAL_SCREENSHOT_LOCATION": str(trap),
        "TEXTUAL": "devtools,debug",
        "NUMBA_CACHE_DIR": str(trap),
        "NUMBA_DISABLE_JIT": "1",
        "NUMBA_DEBUG": "1",
        "TUISIM_TRACEBACK": "1",
        "XDG_CONFIG_HOME": str(trap),
        "XDG_CACHE_HOME": str(trap),
        "HOME": str(trap),
        "ENV": str(trap / "startup.py"),
        "BASH_ENV": str(trap / "startup.py"),
        "LC_ALL": "$(touch /tmp/mark)",
    }


@attrs.frozen
class Process:
    """A process of the guest's."""

    number: int
    name: str
    environ: Mapping[str, str]


def processes() -> list[Process]:
    """The guest's, but for those at their end."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid != GUEST:
                continue
            name = (folder / "comm").read_text().strip()
            whole = (folder / "environ").read_bytes().decode().split("\0")
            environ = dict(one.split("=", 1) for one in whole if "=" in one)
            if (folder / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.append(Process(int(folder.name), name, environ))
    return found


def of_the_guest() -> list[str]:
    """Files that the guest made: in what is another's nobody else can."""
    found = (one for place in OPEN_TO_ALL for one in Path(place).iterdir())
    return [str(one) for one in found if _owner(one) == GUEST]


def _owner(path: Path) -> int | None:
    # Others' files go at any moment.
    with contextlib.suppress(OSError):
        return path.lstat().st_uid
    return None


def nobody_is_left() -> None:
    end = time.monotonic() + PROMPT
    while processes():
        assert time.monotonic() < end, processes()
        time.sleep(0.02)
    assert of_the_guest() == []


@contextlib.contextmanager
def guest(server: Server, *options: str, **environ: str) -> Iterator[Shown]:
    """A guest whose screen shows a net, and whose kernels are there."""
    words = server.words("/bin/sh -i", *options)
    with shown(command=words, controls=True, **environ) as app:
        app.shows("a step back", "q quit")
        app.until(lambda: "kernels" not in app.text)
        yield app


def test_a_guest_has_the_app_and_nothing_else(server: Server, trap: Path) -> None:
    settings = " ".join(f'"{name}={value}"' for name, value in variables(trap).items())
    environ = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    with guest(server, f"-oSetEnv={settings} COLORTERM=truecolor", **environ) as app:
        assert app.emulator.colours == {"24-bit colour"}
        (program,) = (one for one in processes() if one.name != "sshd")
        assert program.name.startswith("python")
        assert set(program.environ) <= {*PASSED, "NUMBA_CACHE_DIR"}
        assert program.environ.get("LC_ALL", "") == ""
        app.press(b"\x1a", NOT_SUSPENDED)
        app.press(b"wwww", "width stays at 256: allowed here are 1")
        for line, said in {
            "save /tmp/x.toml": "no such field or command",
            "load /etc/passwd": "no such field or command",
            "session save /tmp/y": "no such field or command",
            "layer /etc/passwd#root": "layer: got '/etc/passwd', allowed here: no file",
            "depth 9000": "depth stays at 2000",
        }.items():
            app.press(b":", "Search")
            app.write(line.encode())
            # Typed, and under it what answers it.
            app.until(lambda line=line: app.text.count(line) > 1)  # type: ignore[misc]
            app.press(b"\r", said)
            app.until(lambda: "🔎" not in app.text)
        app.press(b"q")
        assert app.process.wait(PROMPT) == 0
        assert ">>>" not in app.text
    nobody_is_left()
    assert sorted(one.suffix for one in trap.iterdir() if one.is_file()) == [".py"] * 7


@pytest.mark.parametrize("asked", [["sh -c 'echo out'"], ["-s", "sftp"]], ids=["command", "sftp"])
def test_in_place_of_what_is_asked_for_the_app_refuses(
    server: Server, asked: Sequence[str]
) -> None:
    *options, command = asked
    words = server.words(command, *options, terminal="-T")
    done = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (2, b"")
    # Of what a subsystem writes there sshd hands on nothing.
    assert REFUSED in done.stderr.decode() or command == "sftp"
    nobody_is_left()


def test_nothing_is_forwarded(server: Server) -> None:
    # With the same server's settings alone all of these work.
    place = f"127.0.0.1:{server.port}"
    words = server.words("", "-W", place, terminal="-T")
    done = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (255, b"")
    assert "stdio forwarding failed" in done.stderr.decode()
    back = ["-N", "-oExitOnForwardFailure=yes", "-R", f"0:{place}"]
    words = server.words("", *back, terminal="-T")
    done = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE)
    assert done.returncode == 255
    assert "forwarding failed" in done.stderr.decode()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = server.words("", "-N", "-L", f"{port}:{place}", terminal="-T")
    client = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=default_signals
    )
    try:
        assert heard(port) == b""
    finally:
        # A client that has a connection to forward takes its time to end by itself.
        client.kill()
        client.wait(PROMPT)
    nobody_is_left()


def heard(port: int) -> bytes:
    """What comes first through a port that is forwarded; nothing where it is not."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with (
            contextlib.suppress(ConnectionError),
            socket.create_connection(("127.0.0.1", port)) as one,
        ):
            one.settimeout(PATIENCE)
            return one.recv(4)
        time.sleep(0.05)
    raise AssertionError("the client listens on no port")


def test_random_bytes_bring_nobody_out(server: Server) -> None:
    seed = int(os.environ.get("TUISIM_FUZZ_SEED", "0"))
    seconds = float(os.environ.get("TUISIM_FUZZ_SECONDS", "4"))
    numbers = random.Random(seed)
    # What quits.
    bytes_ = [one for one in range(256) if one not in b"q\x11"]
    with guest(server, TERM="xterm-256color") as app:
        end, sent = time.monotonic() + seconds, b""
        while time.monotonic() < end:
            sent += bytes(numbers.choices(bytes_, k=numbers.randint(1, 50)))
            app.write(sent[-50:])
            app.read(0.1)
            where = f"TUISIM_FUZZ_SEED={seed}, the last bytes: {sent[-200:]!r}"
            assert app.process.poll() is None, where
            assert {one.name.rstrip(".0123456789") for one in processes()} <= {"sshd", "python"}
        app.process.kill()
    nobody_is_left()
