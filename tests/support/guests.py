"""A host with an account for guests, as docs/kiosk.md has it: paths, user and section as written.

It is a server in a mount namespace of its own, where `/opt`, `/var/lib`, `/etc/ssh` and the list of
users are others; nothing of the machine is changed. Only root may make one.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tuisim
from tests.support.caches import copied
from tests.support.sshd import Server, sshd
from tests.support.terminal import PATIENCE

#: A number that no system gives to anybody.
GUEST = 64321
_DOCS = Path(__file__).parents[2] / "docs" / "kiosk.md"
#: What the section stands at the end of: settings that are as open as can be.
_OPEN = """
AcceptEnv *
PermitTTY yes
AllowTcpForwarding yes
Subsystem sftp internal-sftp
"""


def section() -> str:
    """The section of the server's settings, as it is written there."""
    (found,) = re.findall(r"```sshd_config\n(.*?)```", _DOCS.read_text(encoding="utf-8"), re.S)
    return str(found)


@contextlib.contextmanager
def host(folder: Path) -> Iterator[Server]:
    """Run that server; a test is skipped where there cannot be one."""
    inside = ["unshare", "--mount", "--propagation", "private"]
    possible = os.geteuid() == 0 and shutil.which("unshare")
    trial = "mount -t tmpfs none /opt"
    words = [*inside, "sh", "-c", trial]
    if not possible or subprocess.run(words, capture_output=True, timeout=PATIENCE).returncode:
        pytest.skip("needs root, and a mount namespace of its own")
    _install(folder / "opt")
    (folder / "lib" / "tuisim").mkdir(parents=True)
    copied(folder / "lib" / "tuisim" / "kernels")
    (folder / "ssh").mkdir()
    for name, line in {
        "passwd": f"kiosk:x:{GUEST}:{GUEST}::/:/bin/sh",
        "group": f"kiosk:x:{GUEST}:",
        "shadow": "kiosk:*:1::::::",
    }.items():
        (folder / name).write_text(Path(f"/etc/{name}").read_text() + line + "\n")
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink() and path.name != "shadow":
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    binds = {
        sys.base_prefix: f"{folder}/opt/base",
        _packages(): f"{folder}/opt/packages",
        f"{folder}/opt": "/opt",
        f"{folder}/lib": "/var/lib",
        f"{folder}/ssh": "/etc/ssh",
        **{f"{folder}/{name}": f"/etc/{name}" for name in ("passwd", "group", "shadow")},
    }
    mounts = " && ".join(f"mount --rbind {what} {where}" for what, where in binds.items())
    # A Python that was built as a shared library looks for that where it was installed, which may
    # be in root's own folder.
    found = "/sbin/ldconfig -C /opt/libraries /opt/base/lib"
    shared = f"{found} && mount --bind /opt/libraries /etc/ld.so.cache"
    before = [*inside, "sh", "-c", f'{mounts} && {shared} && exec "$0" "$@"']
    with sshd(_OPEN + section(), before, "kiosk") as server:
        shutil.copy(server.folder / "user.pub", folder / "ssh" / "kiosk_keys")
        yield server


def _install(opt: Path) -> None:
    """A Python at /opt/tuisim, with tuisim and what it needs, as pip would leave it there."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for name in ("base", "packages"):
        (opt / name).mkdir(parents=True)
    site = opt / "tuisim" / "lib" / version / "site-packages"
    site.mkdir(parents=True)
    (opt / "tuisim" / "bin").mkdir()
    (opt / "tuisim" / "bin" / "python").symlink_to(f"/opt/base/bin/{version}")
    (opt / "tuisim" / "pyvenv.cfg").write_text("home = /opt/base/bin\n")
    shutil.copytree(Path(tuisim.__file__).parent, site / "tuisim")
    (site / "others.pth").write_text("/opt/packages\n")


def _packages() -> str:
    return str(Path(pytest.__file__).parents[1])
