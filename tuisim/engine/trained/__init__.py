"""Trained layers: recurrent layers read from the files that frameworks write, without these.

Imports numpy, the values, base and maths; h5py and onnx inside the modules of their formats. One
reader a format, a line each in reading.py. Begin at layer.py, then reading.py.
"""
