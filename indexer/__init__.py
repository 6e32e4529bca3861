"""Finds photos, keeps what is known about each in one SQLite file, and finds them again."""
