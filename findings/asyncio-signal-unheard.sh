#!/usr/bin/env bash
# CPython 3.11.7, 3.12.1 and 3.13.0, asyncio beside uvloop 0.23.0: a handler that was set with
# loop.add_signal_handler is not called, then or later, for a signal that comes while many calls of
# call_soon_threadsafe wait for the loop's next turn. Each of these writes a byte into the loop's
# socket, and the signal is a byte in it too; where the socket is full that byte is dropped, and
# Python's own handler, which is called all the same, does nothing. With Linux's usual 208 KiB some
# 277 calls fill it: fewer than a thread that reads a terminal makes of a pasted page, so that such
# a program goes on after SIGTERM. "Exception ignored … BlockingIOError" on standard error is all
# that is seen. uvloop calls the handler for 100 as for 5000.
# Seen: 100 calls waiting, heard by asyncio 1, by uvloop 1; 5000 calls, by asyncio 0, by uvloop 1.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check uvloop==0.23.0
cd "$folder"
timeout 100 "$folder/venv/bin/python" - 2>"$folder/said" <<'PY'
import asyncio
import os
import signal

import uvloop


def heard(new_loop, waiting):
    """How often a handler is called for one signal that comes while so many calls wait."""
    calls = []

    async def main():
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, calls.append, "SIGTERM")
        for _ in range(waiting):
            loop.call_soon_threadsafe(lambda: None)
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(50):
            await asyncio.sleep(0.01)

    loop = new_loop()
    loop.run_until_complete(main())
    loop.close()
    return len(calls)


for waiting, wanted in ((100, (1, 1)), (5000, (0, 1))):
    found = heard(asyncio.new_event_loop, waiting), heard(uvloop.new_event_loop, waiting)
    print(f"{waiting} calls waiting: heard by asyncio {found[0]}, by uvloop {found[1]}")
    assert found == wanted
PY
grep -q BlockingIOError "$folder/said"
