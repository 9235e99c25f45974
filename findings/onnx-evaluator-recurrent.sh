#!/usr/bin/env bash
# onnx 1.23.2, onnx.reference.ReferenceEvaluator on RNN, GRU and LSTM (clip has a script of its own):
#   sequence_lens   ignored by all three: rows that have ended go on, Y and Y_h are of the padding;
#   activations     ignored by GRU and LSTM; RNN knows Tanh and Affine alone, raises on the standard's
#                   own Relu, and takes the first direction's for both ("Tanh", "Affine");
#   input_forget    ignored by LSTM.
# In each case but that of Relu a result comes out, without a warning, and it is the one without the input
# or attribute, to the last bit. onnxruntime 1.32.0 does as the standard's equations say, to 1e-5.
# The evaluator's text says that mismatches may remain; its sources mark the arguments as unused.
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

onnxruntime.set_default_logger_severity(3)
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
STEPS, ROWS, INPUTS, UNITS = 6, 2, 3, 4
KINDS = {np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.int32): TensorProto.INT32}
PHI = {
    "Tanh": np.tanh,
    "Relu": lambda a: np.maximum(a, 0),
    "Sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "HardSigmoid": lambda a: np.clip(0.2 * a + 0.5, 0, 1),
    "Affine": lambda a: a,
}
DEFAULT = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}


def built(op, arrays, **attributes):
    """A model of one node, checked."""
    order = ["X", "W", "R", "B", "sequence_lens"]
    inputs = [name if name in arrays else "" for name in order]
    while not inputs[-1]:
        inputs.pop()
    node = helper.make_node(op, inputs, ["Y", "Y_h"], hidden_size=UNITS, **attributes)
    graph = helper.make_graph(
        [node],
        "one",
        [helper.make_tensor_value_info(k, KINDS[v.dtype], v.shape) for k, v in arrays.items()],
        [
            helper.make_tensor_value_info("Y", TensorProto.FLOAT, ["t", "d", "b", "n"]),
            helper.make_tensor_value_info("Y_h", TensorProto.FLOAT, ["d", "b", "n"]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def runtime(model, arrays):
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, arrays)


def standard(op, arrays, lens=None, activations=None, coupled=False):
    """Y (t, 1, b, n) and Y_h of one forward direction, by the standard's equations, in float64."""
    phi = [PHI[name] for name in activations or DEFAULT[op]]
    w, r = arrays["W"][0].astype(float), arrays["R"][0].astype(float)
    y, last = np.zeros((STEPS, 1, ROWS, UNITS)), np.zeros((1, ROWS, UNITS))
    for row in range(ROWS):
        h = c = np.zeros(UNITS)
        for t in range(STEPS if lens is None else lens[row]):
            x = w @ arrays["X"][t, row].astype(float)
            a = x + r @ h
            if op == "RNN":
                h = phi[0](a)
            elif op == "GRU":
                z, reset, _ = (phi[0](one) for one in np.split(a, 3))
                own = phi[1](np.split(x, 3)[2] + np.split(r, 3)[2] @ (reset * h))
                h = (1 - z) * own + z * h
            else:
                i, o, f, g = np.split(a, 4)
                i = phi[0](i)
                f = 1 - i if coupled else phi[0](f)
                c = f * c + i * phi[1](g)
                h = phi[0](o) * phi[2](c)
            y[t, 0, row] = last[0, row] = h
    return y, last


def off(found, other):
    return max(float(np.abs(a - b).max()) for a, b in zip(found, other))


rng = np.random.default_rng(0)
for op, gates in GATES.items():
    arrays = {
        "X": rng.normal(size=(STEPS, ROWS, INPUTS)).astype(np.float32),
        "W": rng.normal(size=(1, gates * UNITS, INPUTS)).astype(np.float32),
        "R": rng.normal(size=(1, gates * UNITS, UNITS)).astype(np.float32),
    }
    plain = ReferenceEvaluator(built(op, arrays)).run(None, arrays)
    assert off(plain, standard(op, arrays)) < 1e-5
    lens = np.array([STEPS, 2], np.int32)
    others = {"GRU": ["HardSigmoid", "Relu"], "LSTM": ["HardSigmoid", "Relu", "Tanh"]}
    cases = {"sequence_lens": (arrays | {"sequence_lens": lens}, {}, {"lens": lens})}
    if op in others:
        asked = {"activations": others[op]}
        cases["activations"] = (arrays, asked, asked)
    if op == "LSTM":
        cases["input_forget"] = (arrays, {"input_forget": 1}, {"coupled": True})
    for name, (given, attributes, meant) in cases.items():
        model = built(op, given, **attributes)
        wanted = standard(op, arrays, **meant)
        theirs, own = runtime(model, given), ReferenceEvaluator(model).run(None, given)
        print(f"{op} {name}: onnxruntime off the standard by {off(theirs, wanted):.0e}, "
              f"the evaluator by {off(own, wanted):.2f}, and off itself without it by "
              f"{off(own, plain):.0e}")
        assert off(theirs, wanted) < 1e-5, "onnxruntime has changed"
        assert off(own, wanted) > 0.02 and off(own, plain) == 0, "the evaluator has changed"

arrays = {
    "X": rng.normal(size=(STEPS, ROWS, INPUTS)).astype(np.float32),
    "W": rng.normal(size=(2, UNITS, INPUTS)).astype(np.float32),
    "R": rng.normal(size=(2, UNITS, UNITS)).astype(np.float32),
}
model = built("RNN", {k: v[:1] if k != "X" else v for k, v in arrays.items()}, activations=["Relu"])
try:
    ReferenceEvaluator(model)
    said = "nothing"
except RuntimeError as error:
    said = str(error)
print(f"RNN with Relu: the evaluator says: {said}")
assert "Unknown activation function 'Relu'" in said, "the evaluator has changed"

both = {
    "direction": "bidirectional",
    "activations": ["Tanh", "Affine"],
    "activation_alpha": [1.0, 1.0],
    "activation_beta": [0.0, 0.0],
}
model = built("RNN", arrays, **both)
y = ReferenceEvaluator(model).run(None, arrays)[0]
backward = {"X": arrays["X"][::-1], "W": arrays["W"][1:], "R": arrays["R"][1:]}
by_phi = {
    name: off([y[::-1, 1]], [standard("RNN", backward, activations=[name])[0][:, 0]])
    for name in both["activations"]
}
print("RNN, both directions, Tanh and Affine: the evaluator's second direction is off one of "
      + ", off one of ".join(f"{name} by {value:.0e}" for name, value in by_phi.items()))
assert by_phi["Tanh"] < 1e-5 < 0.02 < by_phi["Affine"], "the evaluator has changed"
PY
