"""Commands that take an experiment. Begin at numbers.py (`tuisim run`); options in options.py."""
