"""What the program needs of the machine: its version, its directories, files written whole.

Imports the standard library and platformdirs alone. Begin at files.py.
"""
