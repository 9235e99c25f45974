"""The essay's claims and its readers': each an entry that is run, and judged by what came out.

May import the engine and the values. Begin at claim.py; table.py lists them all.
"""

from pathlib import Path

#: A trained net that comes with the program, which some claims are about.
NET = str(Path(__file__).parent / "nets" / "recall.npz")
