"""torch's files, with safetensors and NumPy's beside them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from kept import HERE, INPUTS, UNITS, keep, signal


def without(path: Path, ending: str) -> None:
    """Leave out members of an archive: where in whose sources a step was written."""
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist() if ending not in name}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in kept.items():
            archive.writestr(name, content)


def make_torch() -> None:
    import safetensors.torch
    import torch
    from torch import nn
    from torch.nn.utils import parametrizations, prune, weight_norm

    torch.manual_seed(3)
    x = torch.from_numpy(signal())

    def plain(tensors: Mapping[str, Any]) -> dict[str, Any]:
        floats = {name: one.detach() for name, one in tensors.items() if one.is_floating_point()}
        # NumPy has no bfloat16; float32 holds each of its numbers.
        exact = {torch.bfloat16: torch.float32}
        return {
            name: one.to(exact.get(one.dtype, one.dtype)).numpy() for name, one in floats.items()
        }

    def levels(prefix: str, net: nn.RNNBase) -> list[list[str]]:
        ways = ["", ".reversed"] if net.bidirectional else [""]
        return [[f"{prefix}l{level}{way}" for way in ways] for level in range(net.num_layers)]

    def states(net: nn.Module) -> Any:
        with torch.no_grad():
            return net(x)[0].numpy()

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(9, 4)
            self.encoder = nn.LSTM(INPUTS, UNITS, 2, bidirectional=True)
            self.decoder = nn.GRU(INPUTS, UNITS, 2)
            self.plain = nn.RNN(INPUTS, UNITS, bias=False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.encoder(x)[0].sum() + self.decoder(x)[0].sum() + self.plain(x)[0].sum()

    net = Net()
    optimiser = torch.optim.Adam(net.parameters(), lr=0.05)
    net(x).backward()
    optimiser.step()

    def of_net(start: str) -> dict[str, Any]:
        parts = {"encoder": net.encoder, "decoder": net.decoder, "plain": net.plain}
        return {name: (levels(f"{start}{name}.", one), states(one)) for name, one in parts.items()}

    # A checkpoint as trainings write them, of a compiled and shared-out net.
    wrapped = {f"module._orig_mod.{name}": one for name, one in net.state_dict().items()}
    torch.save(
        {"epoch": 3, "state_dict": wrapped, "optimizer": optimiser.state_dict()},
        HERE / "checkpoint.pt",
    )
    start = "state_dict.module._orig_mod."
    own = torch.load(HERE / "checkpoint.pt")["state_dict"]
    keep(
        "checkpoint.pt",
        {f"state_dict.{name}": one for name, one in plain(own).items()},
        of_net(start),
    )

    torch.save(net.state_dict(), HERE / "older.pth", _use_new_zipfile_serialization=False)
    keep("older.pth", plain(torch.load(HERE / "older.pth")), of_net(""))

    torch.jit.save(torch.jit.script(net), HERE / "script.pt")
    without(HERE / "script.pt", ".debug_pkl")
    keep("script.pt", plain(torch.jit.load(HERE / "script.pt").state_dict()), of_net(""))

    safetensors.torch.save_file(net.state_dict(), HERE / "net.safetensors")
    found = safetensors.torch.load_file(HERE / "net.safetensors")
    keep("net.safetensors", plain(found), of_net(""))

    # All arrays of a stack as views of one storage, some of them transposed.
    flat = torch.cat([one.detach().t().reshape(-1) for one in net.decoder.parameters()])
    views, at = {}, 0
    for name, one in net.decoder.named_parameters():
        piece = flat[at : at + one.numel()]
        views[f"gru.{name}"] = piece.reshape(one.t().shape).t()
        at += one.numel()
    for file, zipped in (("views.pt", True), ("views_older.bin", False)):
        torch.save(views, HERE / file, _use_new_zipfile_serialization=zipped)
        nets = {"gru": (levels("gru.", net.decoder), states(net.decoder))}
        keep(file, plain(torch.load(HERE / file)), nets)

    # Each floating-point type.
    kinds = {"half": torch.float16, "brain": torch.bfloat16, "double": torch.float64}
    nets, typed = {}, {}
    for name, kind in kinds.items():
        one = nn.LSTM(INPUTS, UNITS).to(kind)
        typed |= {f"{name}.{key}": value for key, value in one.state_dict().items()}
        widened = one.double()
        with torch.no_grad():
            nets[name] = (levels(f"{name}.", one), widened(x.double())[0].numpy())
    torch.save(typed, HERE / "types.pt")
    keep("types.pt", plain(torch.load(HERE / "types.pt")), nets)
    safetensors.torch.save_file(typed, HERE / "types.safetensors")
    keep("types.safetensors", plain(typed), nets)

    # Weights that stand for others.
    normed, older, pruned = (nn.LSTM(INPUTS, UNITS) for _ in range(3))
    for name in ("weight_hh_l0", "weight_ih_l0"):
        parametrizations.weight_norm(normed, name)
    with torch.no_grad():
        normed.parametrizations.weight_hh_l0.original0.mul_(1.5)
    weight_norm(older, "weight_hh_l0", dim=None)
    prune.l1_unstructured(pruned, "weight_hh_l0", amount=0.4)
    spectral = parametrizations.spectral_norm(nn.LSTM(INPUTS, UNITS), "weight_hh_l0")
    made = {"normed": normed, "older": older, "pruned": pruned}
    nets = {name: (levels(f"{name}.", one), states(one)) for name, one in made.items()}
    made["spectral"] = spectral
    made["projected"] = nn.LSTM(INPUTS, UNITS, proj_size=2)
    made["cell"] = nn.LSTMCell(INPUTS, UNITS)
    torch.save(nn.ModuleDict(made).state_dict(), HERE / "made_of_others.pt")
    with torch.no_grad():
        h = c = torch.zeros(UNITS)
        outputs = []
        for one in x:
            h, c = made["cell"](one, (h, c))
            outputs.append(h.numpy())
    nets["cell"] = ([["cell"]], np.stack(outputs))
    keep("made_of_others.pt", {}, nets)

    of_lstm = nn.ModuleDict({"lstm": nn.LSTM(INPUTS, UNITS)})
    quantised = torch.ao.quantization.quantize_dynamic(of_lstm, {nn.LSTM})
    torch.save(quantised.state_dict(), HERE / "quantised.pt")
    keep("quantised.pt")

    # Two of NumPy's files: torch's names, and pairs with a prefix.
    np.savez(HERE / "names.npz", **plain(net.decoder.state_dict()))
    keep("names.npz", {}, {"decoder": (levels("", net.decoder), states(net.decoder))})
    one = nn.GRU(INPUTS, UNITS)
    pairs = {name[0] + name[-6:-3]: value for name, value in plain(one.state_dict()).items()}
    np.savez(HERE / "pairs.npz", **{f"enc_{name}": value for name, value in pairs.items()})
    keep("pairs.npz", {}, {"enc": ([["enc"]], states(one))})
