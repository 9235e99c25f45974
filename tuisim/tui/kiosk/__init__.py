"""The app for guests whom nobody knows: it reads and writes nothing, and ends in time.

May import all of the app. Begin at app.py.
"""
