"""What theory predicts of an experiment, one module a theory.

May import cells and what lies under them, but no run. Begin at theory.py, whose tables name them.
"""
