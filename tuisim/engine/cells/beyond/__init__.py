"""Steps that leave float64, in numbers of any size: one module a cell, and what they share.

May import kernels, maths and the rest of cells but the cells themselves. Begin at common.py.
"""
