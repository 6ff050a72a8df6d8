"""The E-utilities, one module each, answering from a library."""
