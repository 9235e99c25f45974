"""Error surfaces over two numbers of a net, and descent on them.

May import runs and what lies under them. Begin at landscape.py: a surface is a class like OneUnit.
"""
