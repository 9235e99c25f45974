"""One module a view: what is to be seen of a Run, as Figures.

May import words, drawing and the engine. Begin at table.py: a new view is a module here and a line
there.
"""
