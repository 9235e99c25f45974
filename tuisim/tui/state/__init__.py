"""What keys have chosen and threads have found, without a widget.

May import shell, figures and the engine. Begin at laboratory.py.
"""
