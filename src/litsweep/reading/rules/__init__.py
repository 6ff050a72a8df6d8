"""Facts that are taken from a sentence by a rule, word for word, and never by a model."""
