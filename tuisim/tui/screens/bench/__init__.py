"""Parts of the main screen: its lines of words, the dashboard, looking closer.

May import widgets, keys and state, and of the room above what main.py is made of. Begin at
lines.py.
"""
