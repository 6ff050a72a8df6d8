"""What people are told: receipts, digests and messages as lines of plain text, and e-mail.

Words only, from nouns that somebody else gathered; no database is read here.
"""
