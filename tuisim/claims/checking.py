"""Checking claims: several side by side, each once for a given engine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import as_completed
from importlib.metadata import version
from pathlib import Path
from typing import Any

import attrs

from tuisim.claims.claim import Claim, Evidence, Measured
from tuisim.engine.base.stopping import check_stop, stop_asked, stoppable, thread_pool
from tuisim.engine.runs.simulate import processors
from tuisim.system import places
from tuisim.system.files import keep_whole

#: What decides the numbers: these rooms, and the libraries under them.
_ROOMS = ("claims", "engine", "values")
_LIBRARIES = ("numpy", "numba")


def check(
    claims: Sequence[Claim], told: Callable[[int], None] = lambda done: None
) -> dict[str, Evidence]:
    """The evidence on each claim, by name and in their order.

    What the same engine has found before is read from the user's cache directory.

    Args:
        told: called with how many are done, whenever one is.

    Raises:
        StoppedError: the caller made its work stoppable, and asked for that.
    """
    kept = _kept()
    found = {one.name: kept[one.name] for one in claims if one.name in kept}
    told(len(found))
    missing = [one for one in claims if one.name not in found]
    asked = stop_asked()
    pool = thread_pool(min(len(missing), processors()) or 1, "tuisim-claims")
    try:
        # Those that train stand last, and take the longest.
        jobs = {pool.submit(_checked, one, asked): one for one in reversed(missing)}
        for job in as_completed(jobs):
            found[jobs[job].name] = job.result()
            told(len(found))
            check_stop()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    if missing:
        _keep(kept | found)
    return {one.name: found[one.name] for one in claims}


def _checked(claim: Claim, asked: Callable[[], bool]) -> Evidence:
    with stoppable(asked):
        return claim.check()


def _place() -> Path | None:
    cache = places.cache()
    return None if cache is None else cache / "claims" / f"{_digest()}.json"


def _digest() -> str:
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for library in _LIBRARIES:
        digest.update(version(library).encode())
    for room in _ROOMS:
        files = (one for one in (package / room).rglob("*") if one.suffix in (".py", ".npz"))
        for path in sorted(files):
            digest.update(path.relative_to(package).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _kept() -> dict[str, Evidence]:
    place = _place()
    if place is None:
        return {}
    # A file that is not there, or not whole, or of another sort, costs the time of a check.
    try:
        content = json.loads(place.read_text(encoding="utf-8"))
        return {name: _evidence(one) for name, one in content.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _keep(found: dict[str, Evidence]) -> None:
    place = _place()
    if place is not None:
        content = {name: attrs.asdict(one) for name, one in found.items()}
        keep_whole(place, json.dumps(content))


def _evidence(content: Any) -> Evidence:
    return Evidence(tuple(Measured(**one) for one in content["measured"]), content["verdict"],
                    content["because"])  # fmt: skip
