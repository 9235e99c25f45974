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


class OpeningType(ViewType):
    """A view that the app may open on, as its number key."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from tuisim.figures.views.table import opening_named

        with refusals():
            return opening_named(value)

    def names(self) -> list[str]:
        from tuisim.figures.views.table import SCREENS

        return [*super().names(), *SCREENS.values()]
