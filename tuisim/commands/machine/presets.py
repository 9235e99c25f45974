"""tuisim presets: what there is to start from."""

from __future__ import annotations

import click

from tuisim.commands.run.options import complete_preset, refusals
from tuisim.terminal.terminal import emit
from tuisim.values import presets as store


@click.command()
@click.argument("name", required=False, shell_complete=complete_preset)
def presets(name: str | None) -> None:
    """List the presets, or print the TOML of one."""
    if name is not None:
        with refusals():
            text = store.text(name)
        emit(text)
        return
    names = store.names()
    room = max(map(len, names))
    emit("".join(f"{one:{room}}  {store.document(one).description}\n" for one in names))
