"""Widgets: the plot, the key bar, colours by role.

May import keys and what lies under them. Begin at plot.py.
"""
