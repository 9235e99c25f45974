"""What the program needs of the machine: its version, its directories, threads,
files written whole.

Imports the standard library and platformdirs alone. Begin at files.py.
"""
