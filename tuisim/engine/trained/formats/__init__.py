"""One reader a format, each from a path to layers, without the framework that wrote the file.

May import what lies beside the room, but not reading.py, whose table a new format is a line in.
Begin at safetensors.py and state.py, the shortest way from a file to layers.
"""
