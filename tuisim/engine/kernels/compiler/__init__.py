"""All that imports numba: its flags and caches, and the instructions that lanes are.

May import base. It is imported once something is to be compiled or loaded, by
tuisim.engine.kernels.jit alone. Begin at door.py.
"""
