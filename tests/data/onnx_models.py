"""ONNX files: nodes of every kind, and what torch's exporters and quantisation make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from kept import HERE, INPUTS, STEPS, UNITS, keep, signal


def make_onnx() -> None:
    import warnings

    import onnx
    import onnxruntime
    import torch
    from onnx import TensorProto, helper, numpy_helper
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from torch import nn

    random = np.random.Generator(np.random.PCG64DXSM(4))
    torch.manual_seed(5)
    gates = {"LSTM": 4, "GRU": 3, "RNN": 1}

    def some(*shape: int) -> Any:
        return random.uniform(-0.9, 0.9, shape).astype(np.float32)

    def saved(file: str, nodes: list[Any], tensors: Mapping[str, Any], outputs: list[str]) -> None:
        kept = [numpy_helper.from_array(one, name) for name, one in tensors.items()]
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [STEPS, 1, INPUTS])
        flag = helper.make_tensor_value_info("flag", TensorProto.BOOL, [])
        ys = [helper.make_tensor_value_info(one, TensorProto.FLOAT, None) for one in outputs]
        inputs = [x, flag] if any(one.op_type == "If" for one in nodes) else [x]
        graph = helper.make_graph(nodes, "net", inputs, ys, kept)
        versions = [helper.make_opsetid("", 17)]
        onnx.save(helper.make_model(graph, opset_imports=versions, ir_version=8), HERE / file)

    def states(file: str, **more: Any) -> dict[str, Any]:
        """By the outputs' names, (T, directions·n)."""
        session = onnxruntime.InferenceSession(HERE / file)
        signals = {session.get_inputs()[0].name: signal()[:, np.newaxis]} | more
        names = [one.name for one in session.get_outputs()]
        found = dict(zip(names, session.run(names, signals), strict=True))
        # The first outputs are sequences; those after them, last states.
        whole = {name: one for name, one in found.items() if len(one) == STEPS}
        return {name: one.reshape(STEPS, -1) for name, one in whole.items()}

    tensors: dict[str, Any] = {}
    nodes, stacks = [], {}

    def node(kind: str, name: str, dirs: int = 1, full: bool = True, **attributes: Any) -> None:
        shapes = {"W": (gates[kind] * UNITS, INPUTS), "R": (gates[kind] * UNITS, UNITS)}
        if full:
            shapes["B"] = (2 * gates[kind] * UNITS,)
        inputs = ["x", *(f"{name}.{one}" for one in shapes)]
        tensors.update({f"{name}.{one}": some(dirs, *shape) for one, shape in shapes.items()})
        if full and kind == "LSTM":
            more = {"h": (dirs, 1, UNITS), "c": (dirs, 1, UNITS), "P": (dirs, 3 * UNITS)}
            tensors.update({f"{name}.{one}": some(*shape) for one, shape in more.items()})
            inputs += ["", *(f"{name}.{one}" for one in more)]
        made = helper.make_node(
            kind, inputs, [f"{name}.Y"], name=name, hidden_size=UNITS, **attributes
        )
        nodes.append(made)
        ways = {"reverse": [".reversed"], "bidirectional": ["", ".reversed"]}
        own = ways.get(attributes.get("direction", "forward"), [""])
        stacks[name] = [[f"{name}{way}" for way in own]]

    node("LSTM", "whole", 2, direction="bidirectional")
    node("LSTM", "bare", full=False)
    node(
        "LSTM",
        "hard",
        full=False,
        activations=["HardSigmoid", "Relu", "Relu"],
        activation_alpha=[1 / 6],
        activation_beta=[0.5],
    )
    node("GRU", "after", 2, direction="bidirectional", linear_before_reset=1)
    node("GRU", "before", direction="reverse", activations=["HardSigmoid", "Softplus"])
    node("RNN", "relu", activations=["Relu"])
    node("RNN", "leaky", 2, direction="bidirectional", activations=["LeakyRelu", "Tanh"])
    told = dict(stacks)
    node("LSTM", "clipped", clip=0.5)
    node("LSTM", "coupled", input_forget=1)
    node("GRU", "softsign", activations=["Sigmoid", "Softsign"])
    node("LSTM", "two", activations=["Sigmoid", "Tanh", "Relu"])
    saved("nodes.onnx", nodes, tensors, [f"{name}.Y" for name in told])
    found = states("nodes.onnx")
    keep(
        "nodes.onnx",
        {name: one for name, one in tensors.items() if name.startswith("whole")},
        {name: (stack, found[f"{name}.Y"]) for name, stack in told.items()},
    )

    # Weights through other nodes, in half precision, and in the branches of an If.
    def constant(name: str, value: Any) -> Any:
        return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value))

    recurrent, fed = some(4 * UNITS, UNITS), some(4 * UNITS, INPUTS).astype(np.float16)
    parts = {"upper": recurrent[:7], "lower": recurrent[7:], "axis": np.array([0])}
    inner = [
        constant("fed", fed),
        helper.make_node("Cast", ["fed"], ["single"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["single", "axis"], ["W"]),
        helper.make_node("Concat", ["upper", "lower"], ["joined"], axis=0),
        helper.make_node("Identity", ["joined"], ["same"]),
        helper.make_node("Unsqueeze", ["same", "axis"], ["R"]),
        helper.make_node("LSTM", ["x", "W", "R"], ["inside.Y"], hidden_size=UNITS),
    ]
    other = [helper.make_node("LSTM", ["x", "W2", "R2"], ["other.Y"], name="net", hidden_size=4)]
    outer = {**parts, "W2": some(1, 16, INPUTS), "R2": some(1, 16, 4)}

    def branch(name: str, steps: list[Any]) -> Any:
        y = helper.make_tensor_value_info(f"{name}.Y", TensorProto.FLOAT, None)
        return helper.make_graph(steps, name, [], [y])

    choice = helper.make_node(
        "If",
        ["flag"],
        ["Y"],
        then_branch=branch("inside", inner),
        else_branch=branch("other", other),
    )
    saved("branches.onnx", [choice], outer, ["Y"])
    nets = {
        name: ([[name]], states("branches.onnx", flag=np.array(flag))["Y"])
        for name, flag in (("LSTM_1", True), ("net", False))
    }
    keep("branches.onnx", {"R": recurrent[np.newaxis], "W": fed[np.newaxis]}, nets)

    # torch's exporters: all in one file, and arrays of a kilobyte and more in another beside it.
    warnings.simplefilter("ignore")
    x = torch.from_numpy(signal())[:, None]
    pair = nn.LSTM(INPUTS, UNITS, 2, bidirectional=True)
    single = nn.GRU(INPUTS, UNITS)
    for file, net, dynamo in (
        ("exported_lstm.onnx", pair, False),
        ("exported_gru.onnx", single, True),
        ("beside.onnx", pair, True),
    ):
        torch.onnx.export(net, (x,), HERE / file, dynamo=dynamo, verbose=False)
        model = onnx.load(HERE / file, load_external_data=False)
        # Where in whose sources a step was written.
        for told in (model, *model.graph.node, *model.graph.input, *model.graph.output):
            told.ClearField("metadata_props")
            told.ClearField("doc_string")
        onnx.save(model, HERE / file)
        names = [one.name for one in model.graph.node if one.op_type in ("LSTM", "GRU")]
        ways = ["", ".reversed"] if net.bidirectional else [""]
        with torch.no_grad():
            output = net(x)[0].reshape(STEPS, -1).numpy()
        keep(file, {}, {"net": ([[f"{name}{way}" for way in ways] for name in names], output)})
    steps = [helper.make_node("MatMul", ["x", "W"], ["y"]), helper.make_node("Tanh", ["y"], ["z"])]
    saved("unrolled.onnx", steps, {"W": some(INPUTS, UNITS)}, ["z"])

    source = HERE / "single.onnx"
    torch.onnx.export(nn.LSTM(INPUTS, UNITS), (x,), source, dynamo=False, verbose=False)
    quantize_dynamic(source, HERE / "quantised.onnx", weight_type=QuantType.QInt8)
    exact = {
        one.name.rpartition("_")[2]: numpy_helper.to_array(one)
        for one in onnx.load(source).graph.initializer
        if "LSTM" in one.name
    }
    model = onnx.load(HERE / "quantised.onnx")
    (name,) = (one.name for one in model.graph.node if one.op_type == "DynamicQuantizeLSTM")
    output = next(iter(states("quantised.onnx").values()))
    # It rounds its input and its state to 8 bits as it runs.
    keep("quantised.onnx", exact, {"net": ([[name]], output)}, tolerance=0.02)
    for path in (source, HERE / "beside.onnx.data.npz"):
        path.unlink(missing_ok=True)
