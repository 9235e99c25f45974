"""Running nets: simulate and stream, what a Run holds, and the verdict on it.

May import cells and what lies under them. Begin at simulate.py.
"""
