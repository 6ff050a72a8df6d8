"""Who comes in, and what is kept out."""
