"""What a view may want to know of a run: Jacobians, modes, pre-activations, comparisons.

May import runs and theory, and what lies under them. Begin at measures.py: a measure is a function
and a line of its table.
"""
