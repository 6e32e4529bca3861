"""What the views show: ids held, rows fetched as they come into sight, nothing waited for."""
