"""How fast trained layers are: `python -m tests.benchmarks.bench_layers`.

Prints tables in markdown: a 20 MB file listed and opened, in seconds after the imports; then a
layer of an lstm with its input, forward and backward, the input's product included, beside jitted
JAX that computes the same curves in the same run, one thread each, as a ratio of the best turns in
seconds of the processor: a call of 512 units takes too long to be left alone on a busy machine.
With --check the exit code is 1 where a target is missed. Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
import json
import os
import struct
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from tests.benchmarks.bench_engine import ONE_THREAD, Report, all_curves, best_of
from tuisim import Layer, read_layers, simulate
from tuisim.engine.cells.network import draw
from tuisim.engine.kernels.jit import have_patience
from tuisim.engine.trained.measures import measured_gates
from tuisim.engine.trained.running import fed
from tuisim.values.experiment import Experiment

#: Seconds of each.
OPENED = 1.0
MEGABYTES = 20e6
#: (width, kind of number in the weights) → how many times as fast as JAX, over DEPTH steps, as many
#: inputs as units. Most files hold float32.
AGAINST_JAX = {
    (128, "float64"): 1.3,
    (128, "float32"): 1.3,
    (512, "float64"): 1.3,
    (512, "float32"): 1.3,
}
DEPTH = 500


def layer_of(width: int, inputs: int, of: str = "float64") -> Layer:
    """An lstm's layer as training leaves them: entries of all signs, gates that are open or not."""
    random = np.random.default_rng(0)
    arrays = (
        random.standard_normal((4, width, width)) * 1.2 / np.sqrt(width),
        random.standard_normal((4, width, inputs)) / np.sqrt(inputs),
        0.3 * random.standard_normal((4, width)),
    )
    own, heard, bias = (array.astype(of).astype(np.float64) for array in arrays)
    return Layer("l0", "lstm", own, heard, bias=bias)


def file_of(path: Path, ending: str) -> Path:
    """A file of a stack of lstms, some 20 MB of float64 under torch's names."""
    width = 256
    arrays: dict[str, Any] = {}
    size = 0
    while size < MEGABYTES:
        level = len(arrays) // 4
        one = layer_of(width, width)
        rows = {"weight_ih": one.input_weights, "weight_hh": one.weights}
        for name, array in rows.items():
            arrays[f"lstm.{name}_l{level}"] = array.reshape(4 * width, width).astype(np.float32)
        for name in ("bias_ih", "bias_hh"):
            arrays[f"lstm.{name}_l{level}"] = np.zeros(4 * width, np.float32)
        size = sum(array.nbytes for array in arrays.values())
    found = path / f"net{ending}"
    if ending == ".npz":
        np.savez(found, **arrays)
    else:
        found.write_bytes(safetensors(arrays))
    return found


def safetensors(arrays: dict[str, Any]) -> bytes:
    header, body = {}, b""
    for name, array in arrays.items():
        data = array.tobytes()
        at = [len(body), len(body) + len(data)]
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": at}
        body += data
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def opening(report: Report) -> None:
    """Each once, as a person waits for it: nothing of the file is known before."""
    print("A file of 20 MB: seconds to its names, its list with spectra, and its last layer's run.")
    report.table("file", "MB", "layers", "read", "listed", "opened", "target")
    e = Experiment(width=8, depth=2, cell="lstm")
    simulate(e)
    for ending in (".safetensors", ".npz"):
        with tempfile.TemporaryDirectory() as folder:
            path = file_of(Path(folder), ending)
            size = path.stat().st_size / 1e6
            begun = time.perf_counter()
            layers = read_layers(path)
            read = time.perf_counter() - begun
            for _ in measured_gates(layers):
                pass
            listed = time.perf_counter() - begun
            begun = time.perf_counter()
            last = read_layers(path)[-1]
            simulate(last.experiment(input="noise", depth=100))
            opened = time.perf_counter() - begun
        cells = []
        for what, seconds in (("read", read), ("listed", listed), ("opened", opened)):
            if seconds > OPENED:
                report.missed.append(f"{ending} {what}: {seconds:.2f} s, target {OPENED:g} s")
            cells.append(f"{seconds:.2f} s")
        report.row(ending, f"{size:.0f}", len(layers), *cells, f"{OPENED:g} s")


def jax_lstm(by_vjp: bool, at_once: bool) -> Callable[..., Any]:
    """JAX's lstm with an input: scans by hand, or its own reverse pass; W_in x at once, or not."""
    import jax
    import jax.numpy as jnp

    def gates(a: Any) -> Any:
        i, f, g, o = jnp.split(a, 4)
        return jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(g), jax.nn.sigmoid(o)

    def curves(*rows: Any) -> Any:
        return tuple(0.5 * jnp.log10(jnp.sum(one * one, axis=1)) for one in rows)

    def hear(weights: Any, bias: Any, read: Any) -> tuple[Any, Callable[[Any], Any]]:
        stacked = weights.reshape(-1, weights.shape[-1])
        if at_once:
            return read @ stacked.T + bias.ravel(), lambda x: x
        return read, lambda x: stacked @ x + bias.ravel()

    def hand(own: Any, weights: Any, bias: Any, read: Any, start: Any, probe: Any) -> Any:
        n = start.size
        stacked = own.reshape(4 * n, n)
        signal, heard = hear(weights, bias, read)

        def forward(state: Any, x: Any) -> Any:
            h, c = state
            i, f, g, o = gates(stacked @ h + heard(x))
            new = f * c + i * g
            shown = jnp.tanh(new)
            h = o * shown
            return (h, new), (h, c, new, i, f, g, o, shown)

        def backward(after: Any, kept: Any) -> Any:
            gh, carried = after
            _, c, _, i, f, g, o, shown = kept
            gc = carried + gh * o * (1 - shown * shown)
            parts = (
                gc * g * i * (1 - i),
                gc * c * f * (1 - f),
                gc * i * (1 - g * g),
                gh * shown * o * (1 - o),
            )
            before = jnp.concatenate(parts) @ stacked
            return (before, f * gc), (before, gc)

        zero = jnp.zeros_like(start)
        _, kept = jax.lax.scan(forward, (start, zero), signal)
        (_, first), (back, cells) = jax.lax.scan(backward, (probe, zero), kept, reverse=True)
        return curves(
            jnp.concatenate([start[None], kept[0]]),
            jnp.concatenate([back, probe[None]]),
            jnp.concatenate([zero[None], kept[2]]),
            jnp.concatenate([first[None], cells]),
        )

    def vjp(own: Any, weights: Any, bias: Any, read: Any, start: Any, probe: Any) -> Any:
        n = start.size
        stacked = own.reshape(4 * n, n)
        signal, heard = hear(weights, bias, read)
        zero = jnp.zeros_like(start)

        def states_of(first: Any, first_cell: Any, added: Any) -> Any:
            def forward(state: Any, step: Any) -> Any:
                h, c = state
                x, zeros = step
                i, f, g, o = gates(stacked @ h + heard(x))
                c = f * c + i * g + zeros[1]
                h = o * jnp.tanh(c) + zeros[0]
                return (h, c), (h, c)

            (h, _), states = jax.lax.scan(forward, (start + first, first_cell), (signal, added))
            return h, states

        added = jnp.zeros((len(read), 2, n))
        _, pull, states = jax.vjp(states_of, zero, zero, added, has_aux=True)
        first, first_cell, back = pull(probe)
        return curves(
            jnp.concatenate([start[None], states[0]]),
            jnp.concatenate([first[None], back[:, 0]]),
            jnp.concatenate([zero[None], states[1]]),
            jnp.concatenate([first_cell[None], back[:, 1]]),
        )

    return jax.jit(vjp if by_vjp else hand)


def against_jax(report: Report, seconds: float) -> None:
    """The same curves to 1e-9, then the times."""
    import jax

    jax.config.update("jax_enable_x64", True)
    print(f"\nAn lstm's layer over {DEPTH} steps with its input, both passes, one thread, float64.")
    report.table(
        *("units and inputs", "weights of", "tuisim ms", "JAX ms", "JAX/tuisim", "target"),
        "of it the input",
    )
    for (width, of), target in AGAINST_JAX.items():
        layer = layer_of(width, width, of)
        read = np.random.default_rng(1).standard_normal((DEPTH, 1, width))
        e = layer.experiment(depth=DEPTH)
        bare = draw(e)

        def ours(layer: Layer = layer, read: Any = read, e: Any = e, bare: Any = bare) -> Any:
            return all_curves(e, (attrs.evolve(bare, drive=fed(layer, read)),))

        arrays = (layer.weights, layer.input_weights, layer.bias, read[:, 0])
        on_device = [
            jax.device_put(np.array(one)) for one in (*arrays, bare.start[0], bare.probe[0])
        ]
        contestants: dict[str, Callable[[], object]] = {"tuisim": ours}
        for by_vjp in (False, True):
            for at_once in (False, True):
                compiled = jax_lstm(by_vjp, at_once)
                name = f"{'vjp' if by_vjp else 'hand'} {'at once' if at_once else 'by step'}"
                contestants[name] = lambda f=compiled, a=on_device: jax.block_until_ready(f(*a))
                for mine, theirs in zip(ours(), contestants[name](), strict=True):  # type: ignore[call-overload]
                    np.testing.assert_allclose(np.ravel(mine), theirs, rtol=0, atol=1e-9)
        product = {"product": lambda layer=layer, read=read: fed(layer, read)}
        times = best_of(seconds, time.process_time, **contestants, **product)
        fastest = min(time for name, time in times.items() if name not in ("tuisim", "product"))
        report.row(
            width,
            of,
            f"{times['tuisim'] * 1e3:.2f}",
            f"{fastest * 1e3:.2f}",
            report.ratio(f"{width} units of {of} against JAX", fastest / times["tuisim"], target),
            f"{target:g}×",
            f"{times['product'] / times['tuisim']:.0%}",
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    parser.add_argument("--seconds", type=float, default=5.0, help="spent on each comparison")
    given = parser.parse_args()
    # XLA reads them once, before its first use.
    os.environ["XLA_FLAGS"] = ONE_THREAD
    have_patience(0.0)
    report = Report()
    opening(report)
    against_jax(report, given.seconds)
    for line in report.missed:
        print(f"missed: {line}")
    return int(given.check and bool(report.missed))


if __name__ == "__main__":
    raise SystemExit(main())
