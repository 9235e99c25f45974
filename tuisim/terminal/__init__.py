"""What the terminal can do, the settings, and how the program ends; nothing of the app.

Imports nothing that is slow, since it runs before the first frame. Begin at terminal.py.
"""
