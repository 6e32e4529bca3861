"""The page of settings: what can be chosen, section by section."""
