"""Parts of the main screen: its lines of words, what keys and the mouse do besides.

May import widgets, keys and state, and no screen of the room above. Begin at lines.py.
"""
