"""Runs as figures, figures as text: pure functions. Never imports textual, click or numba."""
