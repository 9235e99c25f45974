"""Commands that take an experiment. Begin at numbers.py, the shortest; options in options.py."""
