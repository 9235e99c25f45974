"""Compiled functions over arrays, none of which knows a cell.

May import base. Begin at jit.py, which holds all flags of numba; an activation's own function of a
vector is in activations.py.
"""
