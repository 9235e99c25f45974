"""Which keys there are and what the palette takes.

May import state and what lies under it. Begin at keymap.py: a key is an entry there, one of another
screen in keymaps.py.
"""
