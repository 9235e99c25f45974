"""Functions over arrays, none of which knows a cell: compiled, or plain Python of the same source.

May import base. Begin at jit.py, which says how a function comes to have both; an activation's own
function of a vector is in activations.py, and what imports numba in compiler.
"""
