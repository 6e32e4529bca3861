"""Pictures that are drawn with their truth known."""
