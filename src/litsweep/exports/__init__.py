"""Records and what was decided about them as files for other tools; no database is read here."""
