"""Looks at pictures and talks about them: MiniCPM-V through llama.cpp, and a text reader, in child processes."""
