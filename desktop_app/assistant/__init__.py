"""Reads a question, searches the library and answers in the language of the question; knows no window."""
