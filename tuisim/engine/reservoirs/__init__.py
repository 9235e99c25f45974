"""Nets whose W stays as it was drawn, and what a linear readout makes of their states.

May import runs and what lies under them. Begin at reservoir.py.
"""
