"""The library: one SQLite file with everything known about the photos. It knows no files, engine or window."""
