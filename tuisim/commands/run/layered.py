"""What --layer and --input bring along: the fields that a file decides, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuisim.values.experiment import FIELDS, Experiment
from tuisim.values.layered import SIGNALS


def with_files(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that options ask for, over those that their layer and their input bring.

    Nothing is brought along where the spectrum is asked to be the layer's, as a command line that
    reproduces an experiment does: then all that differs from the defaults is said.

    Raises:
        ValueError: a file is not there, holds something else, or its layer cannot be run.
    """
    if changes.get("spectrum") == "layer":
        return dict(changes)
    brought: dict[str, Any] = {}
    if changes.get("layer"):
        from tuisim.engine.trained.finding import find_layer

        layer = find_layer(changes["layer"], changes.get("layer_digest", ""))
        # By the path as it was typed, which is what can be typed again.
        brought = {**layer.fields(), "layer": changes["layer"]}
    if "input" in changes:
        brought |= _of_input(changes["input"], changes.get("input_digest", ""))
    return brought | dict(changes)


def _of_input(path: str, digest: str) -> dict[str, Any]:
    if path in SIGNALS:
        return {"input_digest": ""}
    from tuisim.engine.trained.finding import find_signal, signal_digest

    signal = find_signal(path, digest)
    found: dict[str, Any] = {"input_digest": digest or signal_digest(path)}
    # More of either than an experiment allows is refused by what it is told then.
    found["depth"] = min(len(signal), int(FIELDS["depth"].metadata["limits"][1]))
    if signal.ndim == 3:
        found["batch"] = signal.shape[1]
    return found


def file_notes(experiment: Experiment) -> tuple[str, ...]:
    """What is to be said of an input that is not as long as the run."""
    e = experiment
    if e.input in SIGNALS:
        return ()
    from tuisim.engine.trained.finding import find_signal

    try:
        steps = len(find_signal(e.input, e.input_digest))
    except ValueError:
        # Whoever draws the net says so.
        return ()
    if steps == e.depth:
        return ()
    if steps > e.depth:
        return (f"input: the first {e.depth} of {steps} steps in {e.input}",)
    return (f"input: {steps} steps in {e.input}, and 0 from step {steps + 1} on",)
