"""tuisim doctor: what it finds on this machine. Imports click."""

from __future__ import annotations

import click

from tuisim.terminal import emit


@click.command()
def doctor() -> None:
    """Say what terminal, colours, cache and versions it finds."""
    from tuisim.doctor import diagnose

    emit(diagnose().text())
