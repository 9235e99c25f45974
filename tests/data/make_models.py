"""Makes the files in tests/data/models, by the frameworks that write such files; run by hand.

    python -m venv models
    models/bin/pip install torch==2.13.0 safetensors==0.8.0 onnx==1.23.2 onnxruntime==1.32.0 \\
        onnxscript==0.7.2
    models/bin/pip install keras==3.15.1 h5py==3.16.0
    models/bin/python tests/data/make_models.py torch onnx keras

    python -m venv former && former/bin/pip install tensorflow-cpu==2.21.0 tf_keras==2.21.0
    former/bin/python tests/data/make_models.py keras2

Beside each FILE lies FILE.npz with what the framework itself says of it: `array/NAME` as it reads
its own file, `input` (T, m), and for each net `output/NET` (T, n), its states, both directions side
by side, under that input; `stack/NET` names the layers of the net, a text a level from the bottom.
"""

from __future__ import annotations

import argparse
import importlib

#: Which module beside this one makes the files of a framework.
FRAMEWORKS = {"torch": "torch", "onnx": "onnx", "keras": "keras", "keras2": "keras"}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("which", nargs="+", choices=FRAMEWORKS)
    for which in parser.parse_args().which:
        getattr(importlib.import_module(f"{FRAMEWORKS[which]}_models"), f"make_{which}")()
