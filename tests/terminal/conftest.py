"""What terminals are run in, beside what the program brings."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping

import pytest


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Where the one locale lies that is neither UTF-8 nor plain."""
    if shutil.which("localedef") is None:
        pytest.skip("localedef is not here")
    folder = tmp_path_factory.mktemp("locales")
    name = str(folder / "en_US.ISO-8859-1")
    words = ["localedef", "-i", "en_US", "-f", "ISO-8859-1", name]
    if subprocess.run(words, capture_output=True, timeout=60).returncode != 0:
        pytest.skip("the sources of locales are not here (Debian's package locales)")
    return {"LOCPATH": str(folder)}
