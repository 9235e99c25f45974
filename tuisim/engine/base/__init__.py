"""What the whole engine stands on: memory, budgets, stopping, and facts of gates and activations.

Imports nothing of the engine. Begin at facts.py: an activation's formulas are one entry there.
"""
