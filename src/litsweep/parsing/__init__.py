"""From bytes to nouns: PubMed XML to records, JATS to documents, text to sentences.

Nothing here reaches the network, a database or a model.
"""
