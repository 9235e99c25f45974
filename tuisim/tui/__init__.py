"""The terminal app: screens, widgets, keys. Never does numerics.

May import figures, engine and all under them. Its rooms from the bottom up: shell, state, keys and
explain, widgets, screens. Begin at app.py. A new key is an entry in keys/keymap.py and an action of
the screen, or where it only changes the experiment a line in keys/changes.py.
"""
