"""Results as pandas DataFrames: ``from litsweep import frames``. The queries are ``db.frames``'."""

from db.frames import __all__ as __all__
