"""What any app in any terminal needs: its driver, its end, lists, pictures, threads.

Knows nothing of what this app is for. Begin at sturdy.py.
"""
