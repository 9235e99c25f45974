"""Subcommands about tapes and pictures: demo, record, check, screenshot. Begin at check.py."""
