"""Makes the files in tests/data/models, by the frameworks that write such files; run by hand.

    python -m venv models
    models/bin/pip install torch==2.13.0 safetensors==0.8.0 onnx==1.23.2 onnxruntime==1.32.0 \\
        onnxscript==0.7.2
    models/bin/python tests/data/make_models.py torch onnx

Beside each FILE lies FILE.npz with what the framework itself says of it: `array/NAME` as it reads
its own file, `input` (T, m), and for each net `output/NET` (T, n), its states, both directions side
by side, under that input; `stack/NET` names the layers of the net, a row a level from the bottom.
"""

from __future__ import annotations

import argparse
import importlib

#: Each a module beside this one, with a function `make_` and its name.
FRAMEWORKS = ("torch", "onnx")

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("which", nargs="+", choices=FRAMEWORKS)
    for which in parser.parse_args().which:
        getattr(importlib.import_module(f"{which}_models"), f"make_{which}")()
