"""Matrices and integrals: spectra as they are drawn, in an order of operations of our own.

May import kernels and base. Begin at spectrum.py: a new spectrum is one entry there.
"""
