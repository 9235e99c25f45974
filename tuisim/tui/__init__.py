"""The terminal app: screens, widgets, keys. Never does numerics."""
