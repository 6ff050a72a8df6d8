"""What a person types into a search, what a text is indexed by, and where the two meet."""
