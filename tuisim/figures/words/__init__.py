"""What is said of a run: the verdict, rates, dtypes.

May import drawing, for numbers as text, and the engine. Begin at verdict.py.
"""
