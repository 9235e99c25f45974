"""A session's file, and beside it an npz of the nets that lie in no other file.

Imports nothing that is slow before there is such a net.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from tuisim.system.files import write_whole
from tuisim.values import session as values
from tuisim.values.experiment import Experiment
from tuisim.values.layered import heard_in_memory, layer_in_memory
from tuisim.values.session import MOST_STEPS, Session

_OTHERS = ("pinned", "past", "future")


def beside(path: Path) -> Path:
    """Where the arrays of a session in this file lie, of one that was set aside too."""
    return path.with_name(f"{path.name.removesuffix('.aside').removesuffix('.toml')}.npz")


def in_memory(session: Session) -> tuple[Experiment, ...]:
    """The nets whose layer or input is in no file, what is least wanted last."""
    past, future = session.past[-MOST_STEPS:], session.future[-MOST_STEPS:]
    nets = (session.experiment, *session.pinned, *reversed(past), *reversed(future))
    return tuple(one for one in nets if layer_in_memory(one) or heard_in_memory(one))


def files_of(path: Path, session: Session) -> tuple[Path, ...]:
    """What `write` writes."""
    return (path, beside(path)) if in_memory(session) else (path,)


def write(path: Path, session: Session, written: tuple[Experiment, ...] = ()) -> None:
    """Write a session, the arrays of its nets first.

    Args:
        written: the nets whose arrays lie beside it already.

    Raises:
        OSError: it cannot be written; what there was is still there.
    """
    nets = in_memory(session)
    if nets and nets != written:
        from tuisim.engine.trained.beside import packed

        write_whole(beside(path), packed(nets))
    write_whole(path, values.dumps(session))


def read(path: Path) -> tuple[Session, tuple[str, ...]]:
    """The session in a file, and a line where nets of its past lack their arrays and are left out.

    Raises:
        OSError: it cannot be read.
        ValueError: it is none, a newer program's, or its net lacks its arrays; names the file.
    """
    session = values.load(path)
    nets = in_memory(session)
    if not nets:
        return session, ()
    from tuisim.engine.trained.beside import is_there, put_back

    arrays = beside(path)
    reason = f"{arrays.name} lacks their arrays"
    if not all(map(is_there, nets)):
        try:
            put_back(arrays, nets)
        except OSError as error:
            reason = f"{arrays.name}: {error.strerror or error}"
        except ValueError as error:
            reason = str(error)
    lost = {one for one in nets if not is_there(one)}
    if session.experiment in lost:
        raise ValueError(f"{path}: its net lies in no other file, and {reason}")
    return _without(session, lost), tuple(_said(len(lost), reason))


def _without(session: Session, lost: set[Experiment]) -> Session:
    kept: dict[str, Any] = {
        name: tuple(one for one in getattr(session, name) if one not in lost) for name in _OTHERS
    }
    return attrs.evolve(session, **kept)


def _said(lost: int, reason: str) -> Iterator[str]:
    if lost:
        nets = "1 net is" if lost == 1 else f"{lost} nets are"
        yield f"session: {nets} left out: {reason}"
