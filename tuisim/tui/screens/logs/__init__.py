"""The log of a training, live.

May import what the screens do. Begin at screen.py; span.py has no widget in it.
"""
