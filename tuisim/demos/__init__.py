"""Tapes: readable files of keys, captions and expectations, played, checked and recorded.

May import testing, tui and all under them. What a tape may say lies in grammar/: begin at
grammar/tape.py. A tape of our own is a file in tapes/.
"""
