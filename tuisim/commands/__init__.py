"""The subcommands, one module each; heavy imports happen inside the functions that need them.

May import everything but the command line itself. Begin at run/numbers.py, a short one; a new one
is a module in run/, nets/, demos/ or machine/, and a line in cli.py.
"""
