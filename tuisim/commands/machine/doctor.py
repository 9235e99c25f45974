"""tuisim doctor: what it finds on this machine."""

from __future__ import annotations

import click

from tuisim.terminal.terminal import emit


@click.command()
def doctor() -> None:
    """Say what terminal, colours, cache and versions it finds."""
    from tuisim.commands.machine.diagnosis import diagnose

    emit(diagnose().text())
