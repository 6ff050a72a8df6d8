"""The nouns that everything speaks in: frozen, checked, and unaware of where they are kept."""
