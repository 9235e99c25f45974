"""How a Figure becomes rows of characters; knows nothing of what is drawn.

May import numpy, and plotext for frames. Begin at figure.py for the data, at drawing.py for the
way.
"""
