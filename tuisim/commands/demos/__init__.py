"""Subcommands that show: claims, demo, record, check, screenshot.

May import commands.run, for what commands share. Begin at claims.py, or for tapes at check.py.
"""
