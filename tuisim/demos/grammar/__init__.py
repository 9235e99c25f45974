"""The grammar of tapes: text as frozen values, and back. Imports values alone. Begin at tape.py."""
