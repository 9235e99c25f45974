"""Results as files: JSON, CSV, NPZ. May import the engine and what lies under it.

Begin at export.py.
"""
