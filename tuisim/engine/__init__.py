"""The numbers: Experiment → Network → Run, and all that is computed from a Run.

Imports numpy and numba, the values and system; never a terminal. Its rooms from the bottom up:
base, kernels, maths, trained, cells, runs and theory, diagnosis and reservoirs and surfaces,
training, sweeps. Begin at runs/simulate.py. A new activation: base/facts.py and
kernels/activations.py.
"""
