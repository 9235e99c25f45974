"""The plot widget: what it shows, and that only what changed is sent."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.geometry import Region
from textual.widgets import Static

from tuisim.figures import Figure, Reveal, draw_text, gradient_figure, hidden_figure
from tuisim.figures.drawing.figure import ROLES
from tuisim.tui.widgets.plot import LARGEST, Plot, Sheet
from tuisim.tui.widgets.theme import role_style

STEPS = np.arange(101.0)


def a_figure(rate: float = -0.05) -> Figure:
    curve = (0.75 + rate * STEPS)[None]
    run: Any = SimpleNamespace(hidden_log10=curve, gradient_log10=curve[:, ::-1])
    return hidden_figure(run)


class Host(App[None]):
    """One plot over a line that can take the focus away."""

    def __init__(self, figure: Figure | None = None, ascii: bool = False) -> None:
        super().__init__()
        self.plot = Plot(figure, ascii=ascii, id="plot")
        self.refreshes: list[tuple[Region, ...]] = []

    def compose(self) -> ComposeResult:
        yield self.plot

    def watch_refreshes(self) -> None:
        """Note each refresh of the plot from now on."""
        refresh = self.plot.refresh
        self.refreshes.clear()

        def noted(*regions: Region, **options: Any) -> Any:
            self.refreshes.append(regions)
            return refresh(*regions, **options)

        self.plot.refresh = noted  # type: ignore[method-assign]


def screen_rows(app: App[None]) -> list[str]:
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip) for strip in strips]


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (20, 5), (3, 2), (1, 1)])
@pytest.mark.parametrize("ascii", [False, True])
async def test_the_screen_shows_the_drawn_figure(size: tuple[int, int], ascii: bool) -> None:
    app = Host(a_figure(), ascii)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert screen_rows(app) == draw_text(a_figure(), *size, ascii)


async def test_a_reveal_refreshes_only_what_changed() -> None:
    app = Host(a_figure())
    async with app.run_test(size=(80, 24)) as pilot:
        app.plot.reveal(Reveal(high=40, cursor=40, line=False))
        await pilot.pause()
        app.watch_refreshes()
        app.plot.reveal(Reveal(high=42, cursor=42, line=False))
        (regions,) = app.refreshes
        assert 0 < len(regions) <= 4
        assert all(region.height == 1 and region.width < 10 for region in regions)
        await pilot.pause()
        expected = draw_text(a_figure(), 80, 24, reveal=Reveal(high=42, cursor=42, line=False))
        assert screen_rows(app) == expected


async def test_nothing_is_refreshed_for_the_same() -> None:
    figure = a_figure()
    app = Host(figure)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.watch_refreshes()
        app.plot.show(figure)
        app.plot.show(a_figure())
        app.plot.reveal(Reveal())
        assert app.refreshes == []


async def test_another_figure_refreshes_the_rows_that_differ() -> None:
    app = Host(a_figure(-0.05))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.watch_refreshes()
        app.plot.show(a_figure(-0.0501))
        (regions,) = app.refreshes
        assert 0 < len(regions) < 20
        await pilot.pause()
        assert screen_rows(app) == draw_text(a_figure(-0.0501), 80, 24)


async def test_no_figure_is_a_blank() -> None:
    app = Host()
    async with app.run_test(size=(20, 4)) as pilot:
        await pilot.pause()
        assert app.plot.cells is None
        assert screen_rows(app) == [" " * 20] * 4
        app.plot.show(a_figure())
        await pilot.pause()
        assert screen_rows(app) == draw_text(a_figure(), 20, 4)
        app.plot.show(None)
        await pilot.pause()
        assert screen_rows(app) == [" " * 20] * 4


async def test_a_new_size_is_drawn_anew() -> None:
    app = Host(a_figure())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert screen_rows(app) == draw_text(a_figure(), 100, 30)


async def test_what_was_drawn_elsewhere_is_shown_where_it_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Host(a_figure())
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        sheet, made = app.plot.sheet, []
        assert sheet is not None
        plain = Sheet.draw

        def counted(*arguments: Any) -> Any:
            made.append(arguments)
            return plain(*arguments)

        monkeypatch.setattr(Sheet, "draw", counted)
        other, shifted = a_figure(-0.02), a_figure(-0.01)
        app.plot.show(other, drawing=plain(sheet, other))
        await pilot.pause()
        assert screen_rows(app) == draw_text(other, 60, 12)
        assert made == []
        # A size of before is no use.
        app.plot.show(shifted, drawing=plain(attrs.evolve(sheet, rows=11), shifted))
        await pilot.pause()
        assert screen_rows(app) == draw_text(shifted, 60, 12)
        app.plot.set_ascii(True)
        app.plot.show(other, drawing=plain(sheet, other))
        await pilot.pause()
        assert screen_rows(app) == draw_text(other, 60, 12, ascii=True)
        assert len(made) == 3
        app.plot.display = False
        assert app.plot.sheet is None


async def test_a_huge_terminal_is_drawn_in_part() -> None:
    app = Host(a_figure())
    async with app.run_test(size=(LARGEST[0] + 40, LARGEST[1] + 5)) as pilot:
        await pilot.pause()
        cells = app.plot.cells
        assert cells is not None
        assert cells.chars.shape == (LARGEST[1], LARGEST[0])
        rows = screen_rows(app)
        assert {len(row) for row in rows} == {LARGEST[0] + 40}
        assert set(rows[-1]) == {" "}


async def test_ascii_can_be_switched() -> None:
    app = Host(a_figure())
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        app.plot.set_ascii(True)
        await pilot.pause()
        assert screen_rows(app) == draw_text(a_figure(), 60, 12, ascii=True)


async def test_the_focus_shows_without_colour_and_takes_no_keys() -> None:
    app = Host(a_figure())
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("tab")
        await pilot.pause()
        assert app.focused is app.plot
        title = app.plot.render_line(0)
        assert any(segment.style and segment.style.reverse for segment in title)
        app.set_focus(None)
        await pilot.pause()
        title = app.plot.render_line(0)
        assert not any(segment.style and segment.style.reverse for segment in title)
    keys = {"left", "right", "up", "down", "home", "end"}
    assert not keys & set(Plot(None)._bindings.key_to_bindings)


async def test_another_theme_is_other_colours_in_the_same_cells() -> None:
    app = Host(a_figure())
    async with app.run_test(size=(60, 12)) as pilot:
        app.theme = "textual-dark"
        await pilot.pause()
        dark = [list(app.plot.render_line(row)) for row in range(12)]
        app.theme = "textual-light"
        await pilot.pause()
        light = [list(app.plot.render_line(row)) for row in range(12)]
        assert [[one.text for one in row] for row in dark] == [
            [one.text for one in row] for row in light
        ]
        assert dark != light


def test_series_differ_without_colour() -> None:
    """What is in one plot differs in its sample and its name, not in its role alone."""
    from tuisim.figures.drawing.legend import legend_entries

    run: Any = SimpleNamespace(
        hidden_log10=np.zeros((3, 9)),
        gradient_log10=np.cumsum(np.ones((3, 9)), axis=1) * np.arange(1, 4)[:, None],
    )
    theory: Any = SimpleNamespace(
        name="theory", gradient_log10=np.arange(9.0), hidden_log10=None, gradient_rate=None
    )
    figure = gradient_figure(run, theory, [run])
    for ascii in (False, True):
        entries = legend_entries(figure, ascii)
        assert len(entries) == 4
        assert len({one.sample for one in entries}) == 4
        assert len({one.name for one in entries}) == 4


class Beside(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("above")
        yield Plot(a_figure())


async def test_regions_are_relative_to_the_widget() -> None:
    app = Beside()
    async with app.run_test(size=(60, 20)) as pilot:
        plot = app.query_one(Plot)
        plot.reveal(Reveal(high=30, cursor=30, line=False))
        await pilot.pause()
        plot.reveal(Reveal(high=60, cursor=60))
        await pilot.pause()
        rows = screen_rows(app)
        assert rows[1:] == draw_text(a_figure(), 60, 19, reveal=Reveal(high=60, cursor=60))


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "nord", "gruvbox"])
async def test_nothing_vanishes_in_sixteen_colours(theme: str) -> None:
    from rich.color import ColorSystem

    app = Host(a_figure())
    async with app.run_test(size=(60, 12)) as pilot:
        app.theme = theme
        await pilot.pause()
        for role in ROLES:
            # A contour is drawn on a field of colour alone.
            ground: Any = "cold1" if role == "contour" else "blank"
            style = role_style(app.plot, role, ground)
            assert style.color is not None
            assert style.bgcolor is not None
            ink, paper = (
                one.downgrade(ColorSystem.STANDARD) for one in (style.color, style.bgcolor)
            )
            assert ink.number != paper.number, role


class Crowd(Host):
    """The plot, something that may stand beside it, and a list under both that scrolls."""

    CSS = "#beside { width: 20; display: none; } #list { height: 5; }"

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self.plot
            yield Static("beside", id="beside")
        with VerticalScroll(id="list"):
            yield Static("\n".join(map(str, range(50))))


async def test_it_is_drawn_for_its_size_also_where_it_was_not_told_of_it() -> None:
    app = Crowd(a_figure())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.query_one("#list").scroll_to(y=5, animate=False)
        await pilot.pause(0.2)
        app.query_one("#beside").display = True
        await pilot.pause(0.2)
        assert app.plot.size.width == 60
        assert app.plot.render_line(0).text.rstrip().endswith("╮")
        assert len(app.plot.render_line(0).text) == 60


async def test_another_theme_and_the_focus_are_seen_at_once() -> None:
    app = Host(a_figure())
    async with app.run_test(size=(60, 12)) as pilot:
        seen = []
        for theme in ("textual-dark", "textual-light", "nord"):
            app.theme = theme
            await pilot.pause()
            styles = [segment.style for segment in app.plot.render_line(0)]
            assert role_style(app.plot, "title") in styles
            seen.append(styles[0])
        assert len(set(seen)) == 3
        before = [segment.style for segment in app.plot.render_line(0)]
        app.screen.set_focus(None if app.plot.has_focus else app.plot)
        await pilot.pause()
        assert [segment.style for segment in app.plot.render_line(0)] != before
