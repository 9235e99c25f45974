"""The cells: one module each, step forth beside step back, found by the table in values/cells.py.

May import maths, kernels and base. Begin at network.py for the arrays, and at gru.py for what a
cell is: its module's `CELL`. A new one is a module here and a line in that table; a whole one more
is in tests/support/toy.py.
"""
