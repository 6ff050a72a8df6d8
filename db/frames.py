"""Results as pandas DataFrames; analysts import them as ``litsweep.frames``."""

__all__: list[str] = []
