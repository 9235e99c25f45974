"""Results as files: JSON, CSV, NPZ, Parquet. May import the figures and what lies under them.

Begin at export.py for what a run or a training gives, at arrays.py for all of a run's arrays, at
maps.py for a sweep.
"""
