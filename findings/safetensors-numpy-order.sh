#!/usr/bin/env bash
# safetensors 0.8.0, safetensors.numpy.save and save_file: an array in Fortran's order (what .T of a
# matrix is) is written as its bytes lie in memory, under the shape of the array. What is read back has
# the same shape and the same numbers in other places; nothing is said. The text asks for "contiguous
# and dense" tensors, which an array in Fortran's order is; 0.7.0 wrote the right numbers (by tobytes),
# and safetensors.torch refuses what is not in C's order with an error. Saving the weights of a Keras
# layer for torch, say {"weight_hh_l0": kernel.T}, meets it. np.ascontiguousarray before saving helps.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for version in 0.7.0 0.8.0; do
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/pip" install -q --disable-pip-version-check "safetensors==$version" numpy==2.4.6
    timeout 120 "$folder/$version/bin/python" - "$version" <<'PY'
import sys

import numpy as np
from safetensors.numpy import load, load_file, save, save_file

kernel = np.arange(6, dtype=np.float32).reshape(2, 3)
arrays = {"transposed": kernel.T, "fortran": np.asfortranarray(kernel), "c": kernel.T.copy()}
save_file(arrays, "net.safetensors")
for found in (load(save(arrays)), load_file("net.safetensors")):
    same = {name: bool(np.array_equal(found[name], one)) for name, one in arrays.items()}
    print(f"safetensors {sys.argv[1]}: saved {kernel.T.tolist()}, "
          f"read {found['transposed'].tolist()}; equal: {same}")
    right = sys.argv[1] == "0.7.0"
    assert same == {"transposed": right, "fortran": right, "c": True}, "it has changed"
PY
done
