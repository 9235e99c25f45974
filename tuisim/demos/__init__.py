"""Tapes: readable files of keys, captions and expectations, played, checked and recorded.

May import testing, tui and all under them. Their grammar knows values alone: begin at tape.py.
A tape of our own is a file in tapes/.
"""
