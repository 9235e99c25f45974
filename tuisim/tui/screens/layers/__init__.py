"""The layers of a file in a list, worst first.

May import what the screens do. Begin at listing.py; rows.py has no widget in it.
"""
