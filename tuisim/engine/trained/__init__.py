"""Trained layers: recurrent layers read from the files that frameworks write, without these.

Imports numpy, the values, base and maths; h5py in formats/keras.py alone. Begin at layer.py, then
reading.py.
"""
