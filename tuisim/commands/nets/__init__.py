"""Commands on trained nets, read from the files of frameworks. Begin at layers.py."""
