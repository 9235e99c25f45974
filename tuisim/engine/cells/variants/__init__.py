"""Steps that only trained layers take: hard gates, a reset before the product, peepholes.

May import what the cells may. Each module is compiled once a network asks for it, and the cells
without these know nothing of it. Begin at gates.py.
"""
