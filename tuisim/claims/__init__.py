"""The essay's claims and its readers': each an entry that is run, and judged by what came out.

May import the engine and the values. Begin at claim.py; table.py lists them all.
"""
