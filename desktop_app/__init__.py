"""Tintype's window, command line and assistant."""
