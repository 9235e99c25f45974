"""How long the widest nets take, by parts, and the memory of the longest run.

    python -m tests.benchmarks.bench_wide [--check] [--width N]

Prints tables in markdown. Each net of the first one has a process of its own, cached kernels given;
seconds on the clock, beside those on a processor: on a busy machine they differ. The second one
presses a key in the app. The third is the most memory that a process of its own took, beyond what
it took before. With --check the exit code is 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.app_measures import ready
from tests.benchmarks.terminal import Screen, frames, terminal

WIDTH, DEPTH = 2048, 100
#: Seconds of `tuisim run`, and from the key to the curve in the app.
WHOLE, CURVE = 4.0, 0.5
#: MiB of the norms alone.
NORMS_MIB = 20.0

#: Name → options; the first is the default and the one that has a target.
NETS = {
    "orthogonal": (),
    "symmetric": ("--spectrum", "symmetric"),
    "gaussian": ("--spectrum", "gaussian"),
    "reservoir": ("--spectrum", "reservoir"),
    "identity": ("--spectrum", "identity"),
    "eigenvalues": ("--eigenvalues",),
    "orthogonal, departure": ("--departure", "0.3"),
    "symmetric, departure": ("--spectrum", "symmetric", "--departure", "0.3"),
    "identity, departure": ("--spectrum", "identity", "--departure", "0.3"),
    "eigenvalues, departure": ("--departure", "0.3", "--eigenvalues"),
}
PARTS = ("start", "draw", "passes", "gradients", "theory", "writing")

#: In a process of its own: each part's seconds on the clock and on a processor.
_PARTS = """
import json, sys, time
spent, last = {}, (time.perf_counter(), 0.0)
def done(part):
    global last
    now = time.perf_counter(), time.process_time()
    spent[part] = [b - a for a, b in zip(last, now)]
    last = now
import click
from tuisim.commands.run.options import asked_for, experiment_options
@click.command()
@experiment_options
@click.pass_context
def measure(ctx, /, **values):
    experiment = asked_for(ctx, values).experiment
    from tuisim.engine.cells.network import draw
    from tuisim.engine.runs.simulate import simulate
    from tuisim.engine.theory.theory import predict
    from tuisim.files.export import run_json
    done("start")
    networks = (draw(experiment),)
    done("draw")
    run = simulate(experiment, networks)
    done("passes")
    run.weight_gradient_norm, run.slope_log10
    done("gradients")
    prediction = predict(experiment, networks)
    done("theory")
    run_json(run, prediction)
    done("writing")
    print(json.dumps(spent))
measure(standalone_mode=False)
"""

#: Likewise: the most memory of what is asked for, in MiB, beyond what there was before.
_MEMORY = """
import sys
from tuisim import Experiment
from tuisim.engine.runs.curves import curves
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.theory.theory import predict
from tuisim.files.export import run_json
def most(name):
    lines = open("/proc/self/status").read().split("\\n")
    return next(int(one.split()[1]) for one in lines if one.startswith(name)) / 1024
def measured(work, experiment):
    before = most("VmRSS")
    kept = work(experiment)
    return most("VmHWM") - before
def whole(experiment):
    run = simulate(experiment)
    return run_json(run, predict(experiment, run.networks))
work = {"norms alone": curves, "a run": simulate, "a run and its JSON": whole}[sys.argv[1]]
work(Experiment(width=64, depth=2))
print(measured(work, Experiment(width=64, depth=100_000)))
"""


def answer(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout


def eigenvalues(width: int) -> str:
    """So many, half of them in pairs, within the unit circle."""
    reals = [f"{(k + 0.5) / width - 0.25:.6f}" for k in range(width - width // 4 * 2)]
    pairs = [f"{0.9 * k / width:.6f}" for k in range(width // 4)]
    return ",".join([*reals, *(f"{one}+0.4j,{one}-0.4j" for one in pairs)])


def nets(width: int, missed: list[str]) -> None:
    print(f"\n`tuisim run --width {width} --depth {DEPTH}`, seconds on the clock (processor).")
    print(f"\n| | {' | '.join(PARTS)} | whole | target |\n|{'---|' * (len(PARTS) + 3)}")
    for name, options in NETS.items():
        size = ("--depth", str(DEPTH))
        if options[-1:] == ("--eigenvalues",):
            options = (*options, eigenvalues(width))
        else:
            size = ("--width", str(width), *size)
        spent = json.loads(answer(_PARTS, *size, *options))
        cells = [f"{spent[part][0]:.2f} ({spent[part][1]:.2f})" for part in PARTS]
        clock, processor = (sum(one[k] for one in spent.values()) for k in (0, 1))
        target = f"{WHOLE:g}" if name == next(iter(NETS)) else ""
        print(f"| {name} | {' | '.join(cells)} | {clock:.2f} ({processor:.2f}) | {target} |")
        if target and clock > WHOLE:
            missed.append(f"{name}: {clock:.2f} s, target {WHOLE:g} s")


def curve_of(width: int, missed: list[str]) -> None:
    """From the key that doubles the width to a picture of the new net's curves."""
    app_of_half = (sys.executable, "-m", "tuisim", "--width", str(width // 2), "--depth", "100")
    with terminal(app_of_half) as app:
        ready(app)
        app.read_until_quiet(3.0)
        pressed = app.press(b"w")
        app.read(CURVE + 20.0, lambda: time.perf_counter() > pressed + 3.0)
        screen, drawn = Screen(), None
        waits = False
        for frame in frames(app.chunks):
            screen.feed(frame.data)
            rows = screen.rows()
            new = f"{width} units" in "".join(rows) and not any("before: " in row for row in rows)
            if frame.time > pressed and new and drawn is None:
                drawn = frame.time - pressed
                waits = any("computing" in row for row in rows)
    shown = "never" if drawn is None else f"{drawn:.2f} s"
    words = "said to be computed" if waits else "there at once"
    print(f"\nIn the app, from the key to the curve of width {width}: {shown} (target {CURVE:g}),")
    print(f"the eigenvalues {words}.")
    if drawn is None or drawn > CURVE:
        missed.append(f"curve of width {width}: {shown}, target {CURVE:g} s")


def memory(missed: list[str]) -> None:
    print("\nThe most memory of 64 units over 100000 steps, beyond what was there before.")
    print("\n| | MiB | target |\n|---|---|---|")
    for name in ("norms alone", "a run", "a run and its JSON"):
        took = float(answer(_MEMORY, name))
        target = f"{NORMS_MIB:g}" if name == "norms alone" else ""
        print(f"| {name} | {took:.0f} | {target} |", flush=True)
        if target and took > NORMS_MIB:
            missed.append(f"{name}: {took:.0f} MiB, target {NORMS_MIB:g}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    parser.add_argument("--width", type=int, default=WIDTH, help="of the nets of the first table")
    given = parser.parse_args()
    missed: list[str] = []
    nets(given.width, missed)
    curve_of(1024, missed)
    if Path("/proc/self/status").exists():
        memory(missed)
    print("\n" + "\n".join(["Missed:", *missed] if missed else ["All targets met."]))
    return int(given.check and bool(missed))


if __name__ == "__main__":
    sys.exit(main())
