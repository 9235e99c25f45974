"""An OpenSSH server on the loopback, with keys and settings of its own, for this user alone."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import pytest

from tests.support.processes import default_signals
from tests.support.terminal import PATIENCE

_SETTINGS = """
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
# The folder of temporary files belongs to all.
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
AcceptEnv LANG LC_*
"""


@attrs.frozen
class Server:
    """A running server."""

    process: int
    folder: Path
    port: int
    user: str

    def words(self, command: str, *options: str, terminal: str = "-tt") -> Sequence[str]:
        """The client's command line for a command, in a terminal."""
        own = {
            "IdentityFile": f"{self.folder}/user",
            "UserKnownHostsFile": f"{self.folder}/known",
            "StrictHostKeyChecking": "accept-new",
            "BatchMode": "yes",
            "IdentitiesOnly": "yes",
            "LogLevel": "ERROR",
            "SendEnv": "LANG LC_ALL",
        }
        given = [f"-o{name}={value}" for name, value in own.items()]
        host = f"{self.user}@127.0.0.1"
        words = ["ssh", "-F", "none", terminal, "-p", str(self.port), *options, *given, host]
        return [*words, command] if command else words

    @property
    def connections(self) -> int:
        """How many it serves."""
        return sum(parent == self.process for _, parent in _processes())


@contextlib.contextmanager
def sshd(more: str = "", before: Sequence[str] = (), user: str = "") -> Iterator[Server]:
    """Run the server; a test is skipped where there is none.

    Args:
        more: settings behind its own.
        before: the words of a program that the server is run by, in its own process.
        user: who logs in; this one where not given.
    """
    places = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/usr/local/sbin"])
    program = shutil.which("sshd", path=places)
    if program is None or shutil.which("ssh") is None:
        pytest.skip("needs OpenSSH's sshd and ssh (Debian's package openssh-server)")
    if os.geteuid() == 0:
        # Where root's starts no user's rights are; its service makes it, which need not be there.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tuisim-sshd-") as name:
        folder = Path(name)
        for key in ("host", "user"):
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/{key}"]
            subprocess.run(words, check=True, stdin=subprocess.DEVNULL, timeout=PATIENCE)
        port = _free_port()
        (folder / "settings").write_text(_SETTINGS.format(port=port, folder=folder) + more)
        process = subprocess.Popen(
            # Its own full name, which it runs itself again by.
            [*before, program, "-D", "-e", "-f", f"{folder}/settings"],
            stdin=subprocess.DEVNULL,
            stderr=(folder / "log").open("wb"),
            preexec_fn=default_signals,
        )
        try:
            _wait_for(port, process, folder / "log")
            yield Server(process.pid, folder, port, user or getpass.getuser())
        finally:
            process.terminate()
            process.wait(PATIENCE)


def with_in_environment(mark: str) -> list[int]:
    """The processes that have this in their environment, and are not at their end."""
    found = []
    for process, _ in _processes():
        with contextlib.suppress(OSError):
            if mark.encode() in Path(f"/proc/{process}/environ").read_bytes():
                found.append(process)
    return found


def _processes() -> Iterator[tuple[int, int]]:
    """Each with its parent, but for those that are at their end."""
    for one in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = one.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                yield int(one.parent.name), int(parent)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, "the server does not answer"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        time.sleep(0.02)
