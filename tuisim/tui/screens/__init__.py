"""The main screen and those that open over it, which know each other by messages alone.

May import all of tui but the app. Begin at main.py.
"""
