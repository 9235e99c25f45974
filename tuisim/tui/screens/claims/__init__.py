"""The claims in the app: a list of them, a prediction, and what is measured.

May import what the screens do, and the claims. Begin at asking.py; answers.py has no widget in it.
"""
