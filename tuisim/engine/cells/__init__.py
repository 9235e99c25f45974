"""The cells: one module each, forward kernel beside backward kernel, and the table of them.

May import maths, kernels and base. Begin at network.py for the arrays, and at gru.py for what a
cell is; a new one is a module here and an entry in table.py.
"""
