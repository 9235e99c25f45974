"""Commands that show: what is claimed of gradients, and how it comes out.

May import commands.run, for what commands share. Begin at claims.py.
"""
