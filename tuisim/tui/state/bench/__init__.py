"""What the main screen keeps beside the run: what would mend the net, the file that was opened.

May import the engine inside functions, messages and the background thread. Begin at advising.py.
"""
