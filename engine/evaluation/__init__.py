"""Measures the engine: how fast, and against what."""
