"""What theory predicts of an experiment, theories of a kind in one module.

May import cells and what lies under them, but no run. Begin at theory.py: a new one
is a function and an entry there, in exact.py or in ensemble.py, whichever speaks of the same.
"""
