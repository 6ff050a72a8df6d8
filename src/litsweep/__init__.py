"""The library: the literature's nouns, its sources, parsers, models and checks; no SQL, no web."""
