"""Leavable: a screen that is left once, and then neither called nor spoken to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from textual import events, messages
from textual._styles_cache import StylesCache
from textual.await_complete import AwaitComplete
from textual.geometry import Size
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen, ScreenResultType
from textual.timer import Timer

from tuisim.tui.shell.pace import FRAME_SECONDS, Pace, writer_is_behind

#: What a screen that was left still has to hear: keys go on to the one below, the rest closes it.
#: It is not mounted any more, since it has no widgets then.
_HEARD = (
    events.Callback,
    events.Key,
    events.ScreenSuspend,
    events.Unmount,
    messages.CloseMessages,
    messages.InvokeLater,
    messages.Prompt,
    messages.Prune,
)


class Alarms(Protocol):
    """A clock of the app's own, by which its screens wait in place of the wall's."""

    def after(self, pump: MessagePump, delay: float, call: Callable[[], Any]) -> Timer:
        """Have something called by a screen when so many seconds have passed."""


class Leavable(Screen[ScreenResultType]):
    """Leaving is asked for twice by a bouncing key, and timers, threads and layouts come late.

    Of its bases it goes last, since Textual takes the rules of the first.
    """

    _dismissed = False

    def on_mount(self) -> None:
        """Let the app put on it what it has on every screen."""
        dress: Callable[[Screen[Any]], None] | None = getattr(self.app, "dress", None)
        if dress is not None:
            dress(self)

    def on_unmount(self) -> None:
        """Let go of what was drawn: Textual would keep it, 50 kB a widget, for up to 1024 of them.

        A cache of its by which colours are found holds whoever asked for them.
        """
        StylesCache.get_inner_outer.cache_clear()

    @property
    def is_left(self) -> bool:
        """Whether it was left, by itself or with the whole app."""
        return self._dismissed or not self.is_attached

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Leave; nothing happens where it was left, or another screen lies over it."""
        if self.is_left or not self.is_active:
            return AwaitComplete()
        self._dismissed = True
        return super().dismiss(result)

    def call_after_refresh(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
        """Call when the screen is laid out, unless it was left by then."""
        return super().call_after_refresh(self._unless_left(callback), *args, **kwargs)

    def set_timer(
        self, delay: float, callback: Callable[[], Any] | None = None, **options: Any
    ) -> Timer:
        """Call after a while, unless the screen was left by then."""
        call = callback and self._unless_left(callback)
        alarms: Alarms | None = getattr(self.app, "alarms", None)
        if alarms is not None and call is not None:
            return alarms.after(self, delay, call)
        return super().set_timer(delay, call, **options)

    def set_interval(
        self, interval: float, callback: Callable[[], Any] | None = None, **options: Any
    ) -> Timer:
        """Call again and again, until the screen is left."""
        return super().set_interval(interval, callback and self._unless_left(callback), **options)

    def every_frame(self, tick: Callable[[], Any]) -> Timer:
        """Call at every frame that the app draws of what moves; at first none is drawn."""
        seconds = getattr(self.app, "frame_seconds", FRAME_SECONDS)
        return self.set_interval(seconds, tick, pause=True)

    @property
    def leaves_out(self) -> bool:
        """Whether the frame that is due had better be left out: the terminal is behind."""
        pace: Pace | None = getattr(self.app, "pace", None)
        behind = writer_is_behind(self.app)
        return behind if pace is None else pace.leaves_out(behind)

    def _unless_left(self, callback: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            return None if self.is_left else callback(*args, **kwargs)

        return call

    async def _dispatch_message(self, message: Message) -> None:
        if isinstance(message, _HEARD) or not self.is_left:
            await super()._dispatch_message(message)

    def _screen_resized(self, size: Size) -> None:
        # Textual says a size up to three times at a start, and lays out and paints at each.
        if size != self._compositor.size:
            super()._screen_resized(size)

    def _compositor_refresh(self) -> None:
        if not self.app.is_headless or self.app.screen_stack != [self]:
            super()._compositor_refresh()
            return
        # Nobody looks, and whoever takes a picture draws all of it; what lies under another screen
        # is drawn by that.
        self._compositor._dirty_regions.clear()
        self._dirty_widgets.clear()
        self.app._update_mouse_over(self)
