"""Options that name a view, by its number key or its name."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem

from tuisim.commands.run.options import refusals


class ViewType(click.ParamType):  # type: ignore[type-arg]
    """A view that can be drawn once, as a View."""

    name = "view"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from tuisim.figures.views.table import view_named

        with refusals():
            return view_named(value)

    def names(self) -> list[str]:
        """What completion offers."""
        from tuisim.figures.views.table import VIEWS

        return [view.name for view in VIEWS.values()]

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(one) for one in self.names() if one.startswith(incomplete)]


#: What is drawn of view 9 by a key of its own: the surface over two of the net's eigenvalues.
NET_CLIFF = "cliff-net"


class OpeningType(ViewType):
    """A view that the app may open on, as its number key."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from tuisim.figures.views.table import opening_named

        with refusals():
            return opening_named(value)

    def names(self) -> list[str]:
        from tuisim.figures.views.table import SCREENS

        return [*super().names(), *SCREENS.values()]


class DrawnType(OpeningType):
    """A view that commands draw or write, as its number key, or NET_CLIFF."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == NET_CLIFF:
            return value
        try:
            return super().convert(value, param, ctx)
        except click.UsageError as error:
            raise click.UsageError(f"{error.format_message()}, {NET_CLIFF}") from None

    def names(self) -> list[str]:
        """What completion offers."""
        return [*super().names(), NET_CLIFF]
