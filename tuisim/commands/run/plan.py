"""Options made from the fields of Plan, and how they become one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem

from tuisim.commands.run.options import Command, refusals
from tuisim.values.command_line import option_name
from tuisim.values.plan import PLAN_FIELDS, read_plan

_METAVARS = {"whole": "N", "real": "X"}


class PlanType(click.ParamType):  # type: ignore[type-arg]
    """What an option of a plan's field accepts: whatever the field accepts."""

    def __init__(self, field: str) -> None:
        self.name = self.field = field

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        with refusals():
            return read_plan(self.field, value) if isinstance(value, str) else value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        choices = PLAN_FIELDS[self.field].metadata.get("choices", ())
        return [CompletionItem(one) for one in choices if one.startswith(incomplete)]


def plan_options(command: Command) -> Command:
    """Add one option for each field of a Plan to a command."""
    for name, field in reversed(list(PLAN_FIELDS.items())):
        metadata = field.metadata
        default = f"{field.default:g}" if isinstance(field.default, float) else field.default
        command = click.option(
            option_name(name),
            name,
            type=PlanType(name),
            metavar=_METAVARS.get(metadata.get("kind", ""), "NAME"),
            help=f"{metadata['help']}: {metadata['allowed']}; default {default}",
        )(command)
    return command


def given_to_plan(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a plan that options give, by themselves."""
    return {name: values[name] for name in PLAN_FIELDS if values[name] is not None}
