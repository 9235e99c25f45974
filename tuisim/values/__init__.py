"""What a person may choose, as frozen values that are checked when they are made.

May import attrs, and of the rooms system alone; nothing that is slow to import. Begin at
experiment.py: a field is one attribute there. A preset is one file in presets/.
"""
