"""What is on the screen: layout and connections; what is shown and done comes from the models and collaborators."""
