"""Numbers of an experiment over two of its fields, on threads or a cluster.

May import every other room of the engine. Begin at sweep.py; a new measure is an entry in
cell_measures.py, and its words in tuisim.values.measured.
"""
