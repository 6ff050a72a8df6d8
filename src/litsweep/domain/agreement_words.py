"""Words for a kappa, which people ask for, and what they are worth."""

from typing import Final

# J. R. Landis, G. G. Koch, Biometrics 1977;33:159-174, table on page 165.
_WORDS: Final = (
    (0.8, "almost perfect"),
    (0.6, "substantial"),
    (0.4, "moderate"),
    (0.2, "fair"),
    (0.0, "slight"),
)

LIMITS: Final = (
    "Words after Landis and Koch (Biometrics 1977;33:159-174), who called their own divisions "
    "arbitrary. Kappa also falls where one of the decisions is rare, though people agree as "
    "often: read it with the table, the interval and the share of agreement."
)
"""What must be said wherever the words are used."""


def describe_kappa(kappa: float) -> str:
    """Return the word of Landis and Koch for a kappa."""
    if kappa < 0:
        return "poor"
    return next((word for least, word in _WORDS if kappa > least), "slight")
