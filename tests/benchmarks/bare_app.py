"""The least that Textual can show: what the start of the app is measured against.

python -m tests.benchmarks.bare_app
"""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static


class Bare(App[None]):
    """One line of text."""

    def compose(self) -> ComposeResult:
        yield Static("rnn")


if __name__ == "__main__":
    Bare().run()
