"""Keras's files, of version 3 by keras and of version 2 by tf_keras."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from kept import HERE, INPUTS, STEPS, UNITS, keep, signal

STACK = {
    "pair": [["first"], ["both", "both.reversed"]],
    "hard": [["hard"]],
    "simple": [["simple"]],
    "wrapped": [["wrapped"]],
    "inside": [["block.inside"]],
}


def _random(model: Any) -> None:
    """Weights of every size: a fresh net has biases of 0."""
    random = np.random.Generator(np.random.PCG64DXSM(8))
    model.set_weights([random.uniform(-0.9, 0.9, one.shape) for one in model.get_weights()])


def _whole(keras: Any) -> Any:
    layers = keras.layers
    x = keras.Input((STEPS, INPUTS), name="signal")
    kept = {"return_sequences": True}
    first = layers.LSTM(UNITS, name="first", **kept)(x)
    dropped = layers.Dropout(0.1)(first)
    both = layers.Bidirectional(layers.GRU(4, **kept), name="both")(dropped)
    hard = layers.GRU(
        UNITS, name="hard", reset_after=False, recurrent_activation="hard_sigmoid", **kept
    )(x)
    simple = layers.SimpleRNN(UNITS, name="simple", activation="relu", use_bias=False, **kept)(x)
    wrapped = layers.RNN(layers.LSTMCell(UNITS, activation="elu"), name="wrapped", **kept)(x)
    block = keras.Sequential([layers.LSTM(3, name="inside", **kept)], name="block")
    cells = layers.StackedRNNCells([layers.LSTMCell(2), layers.GRUCell(2)])
    stacked = layers.RNN(cells, name="stacked", **kept)(x)
    return keras.Model(x, [both, hard, simple, wrapped, block(x), stacked])


def _defaults(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((STEPS, INPUTS)),
            layers.LSTM(UNITS, name="first", return_sequences=True),
            layers.Bidirectional(layers.GRU(4, return_sequences=True), name="both"),
        ]
    )


def _make(keras: Any, version: str) -> None:
    x = signal()[np.newaxis]
    model = _whole(keras)
    _random(model)
    outputs = [np.asarray(one)[0] for one in model.predict(x, verbose=0)[:-1]]
    nets = {name: (STACK[name], one) for name, one in zip(STACK, outputs, strict=True)}
    for ending in ("keras", "h5"):
        model.save(HERE / f"{version}.{ending}")
        keep(f"{version}.{ending}", {}, nets)

    model = _defaults(keras)
    model.compile("adam", "mse")
    model.fit(x, np.zeros((1, STEPS, 8)), verbose=0)
    _random(model)
    output = model.predict(x, verbose=0)[0]
    written = {"keras3": ["weights.h5"], "keras2": ["weights.h5", "only.h5"]}[version]
    for ending in written:
        file = f"{version}.{ending}"
        model.save_weights(HERE / file)
        # Version 2 leaves no names where arrays go by order.
        named = file != "keras2.weights.h5"
        one, two = ("first", "both") if named else ("lstm", "bidirectional")
        keep(file, {}, {"pair": ([[one], [two, f"{two}.reversed"]], output)})


def _between(keras: Any) -> Any:
    """What may lie between two layers; by its name, a layer says what it reads."""
    layers = keras.layers
    kept = {"return_sequences": True}
    x = keras.Input((STEPS, INPUTS), name="x")
    seen = layers.Dense(4, name="dense")(x)
    bottom = layers.LSTM(4, name="bottom", **kept)(seen)
    over = layers.GRU(4, name="over_bottom", **kept)(layers.SpatialDropout1D(0.1)(bottom))
    both = layers.Bidirectional(layers.LSTM(3, **kept), name="both_over_over_bottom")(over)
    outputs = [
        layers.SimpleRNN(2, name="over_both")(both),
        layers.SimpleRNN(2, name="over_norm")(layers.LayerNormalization(name="norm")(over)),
        layers.SimpleRNN(2, name="over_two")(layers.Concatenate()([bottom, over])),
        layers.SimpleRNN(2, name="over_none")(layers.Concatenate()([x, seen])),
    ]
    _, h, c = layers.LSTM(4, name="encoder", return_state=True)(x)
    outputs.append(layers.LSTM(4, name="decoder")(seen, initial_state=[h, c]))
    repeated = layers.RepeatVector(3, name="repeat")(h)
    outputs.append(layers.GRU(2, name="over_repeat")(repeated))
    back = layers.GRU(4, name="back", go_backwards=True, **kept)(x)
    outputs.append(layers.SimpleRNN(2, name="over_back")(back))
    summed = layers.Bidirectional(layers.GRU(4, **kept), merge_mode="sum", name="summed")(x)
    outputs.append(layers.SimpleRNN(2, name="over_summed")(summed))
    inner = [layers.Dropout(0.1), layers.GRU(4, name="inside", **kept), layers.Dropout(0.1)]
    block = keras.Sequential([keras.Input((STEPS, 4)), *inner], name="block")
    outputs.append(layers.SimpleRNN(2, name="over_inside")(block(bottom)))
    shared = layers.GRU(2, name="shared")
    outputs += [shared(bottom), shared(over)]
    twice = layers.GRU(2, name="twice")
    outputs += [twice(x), twice(seen[:, :, :INPUTS])]
    return keras.Model(x, outputs)


def make_keras() -> None:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    # A configuration, which has no arrays.
    (HERE / "between.json").write_text(_between(keras).to_json())
    _make(keras, "keras3")


def make_keras2() -> None:
    import h5py
    import tf_keras

    _make(tf_keras, "keras2")

    # A file as CuDNNLSTM left it, which needs a graphics card to run; Keras itself converts it.
    random = np.random.Generator(np.random.PCG64DXSM(9))
    shapes = {"kernel": (INPUTS, 20), "recurrent_kernel": (UNITS, 20), "bias": (40,)}
    path = HERE / "cudnn.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"rnn"]
        file.attrs["keras_version"] = b"2.2.0"
        file.attrs["backend"] = b"tensorflow"
        group = file.create_group("rnn")
        names = [f"rnn/{name}:0" for name in shapes]
        group.attrs["weight_names"] = [name.encode() for name in names]
        for name, shape in zip(names, shapes.values(), strict=True):
            group[name] = random.uniform(-0.9, 0.9, shape).astype(np.float32)
    layer = tf_keras.layers.LSTM(UNITS, name="rnn", return_sequences=True)
    model = tf_keras.Sequential([tf_keras.Input((STEPS, INPUTS)), layer])
    model.load_weights(path)
    output = model.predict(signal()[np.newaxis], verbose=0)[0]
    keep("cudnn.h5", {}, {"rnn": ([["rnn"]], output)})
