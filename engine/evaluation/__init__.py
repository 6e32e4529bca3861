"""Measures the engine: how fast, against what, and how near to what the machine could do."""
