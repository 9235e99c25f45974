#!/usr/bin/env bash
# onnxruntime 1.32.0 and onnx 1.23.2 (NumPy 2.4.6), operator LSTM with the attribute clip, of which the
# standard says that it bounds "the input of activations" to [-clip, clip]; there are three, f, g and h.
# onnxruntime bounds those of f and g, and not h's, the cell: H = o h(C) in place of o h(clip(C)).
# onnx's own ReferenceEvaluator bounds none (its text does say that mismatches may remain). With one
# unit, weights 1, no recurrence, a constant input of 10 and clip = 1, the state settles at 0.557
# by the standard, at 0.708 in onnxruntime and at 1.000 in the evaluator: three answers, no warning.
# For GRU and RNN onnxruntime does as the standard says.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
    onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$folder"
timeout 120 "$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
onnxruntime.set_default_logger_severity(3)


def both(op, x, w, r, clip):
    """Y of one direction and row from onnxruntime and from the evaluator, shape (steps, units)."""
    node = helper.make_node(op, ["X", "W", "R"], ["Y"], hidden_size=r.shape[2], clip=clip)
    inputs = {"X": x, "W": w, "R": r}
    graph = helper.make_graph(
        [node],
        "one",
        [helper.make_tensor_value_info(k, TensorProto.FLOAT, v.shape) for k, v in inputs.items()],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, ["steps", 1, 1, "units"])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return (
        session.run(None, inputs)[0][:, 0, 0],
        ReferenceEvaluator(model).run(None, inputs)[0][:, 0, 0],
    )


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


def lstm(x, w, r, clip, clip_cell):
    """The standard's equations in float64, gates in its order i, o, f, c."""
    h = c = np.zeros(r.shape[2])
    out = []
    for row in x[:, 0].astype(float):
        i, o, f, g = np.split(np.clip(w[0] @ row + r[0] @ h, -clip, clip), 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(np.clip(c, -clip, clip) if clip_cell else c)
        out.append(h)
    return np.array(out)


steps, clip = 40, 1.0
x = np.full((steps, 1, 1), 10.0, np.float32)
for op, gates in GATES.items():
    w, r = np.ones((1, gates, 1), np.float32), np.zeros((1, gates, 1), np.float32)
    runtime, evaluator = both(op, x, w, r, clip)
    if op == "LSTM":
        standard = lstm(x, w, r, clip, True)[-1, 0]
    else:
        standard = np.tanh(clip)  # what a state of either cell tends to
    print(f"{op}, last state: the standard {standard:.4f}, onnxruntime {runtime[-1, 0]:.4f}, "
          f"evaluator {evaluator[-1, 0]:.4f}")
    assert (abs(runtime[-1, 0] - standard) > 0.1) == (op == "LSTM"), "onnxruntime has changed"
    assert abs(evaluator[-1, 0] - standard) > 0.1, "the evaluator heeds clip now"

rng = np.random.default_rng(0)
x = 3.0 * rng.normal(size=(30, 1, 3)).astype(np.float32)
w = rng.normal(size=(1, 16, 3)).astype(np.float32)
r = rng.normal(size=(1, 16, 4)).astype(np.float32)
runtime, _ = both("LSTM", x, w, r, 0.5)
off = [np.abs(runtime - lstm(x, w, r, 0.5, clip_cell)).max() for clip_cell in (True, False)]
print(f"four units: off the standard by {off[0]:.3f}, off it without h's clip by {off[1]:.1e}")
assert off[0] > 0.01 and off[1] < 1e-5
PY
