"""What the API answers with, where several of its parts do; each a model with all its names."""
