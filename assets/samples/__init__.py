"""The sample photos: finished pictures, the programs that drew them, and what is true of each (truth.json)."""
