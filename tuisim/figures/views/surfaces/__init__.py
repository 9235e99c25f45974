"""Maps over two fields, curves over one, and the loss as a landscape: views 7 and 9, as Figures.

May import what views may. Begin at phase.py.
"""
