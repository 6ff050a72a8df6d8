"""What stands wherever records of PubMed are shown."""

from typing import Final

NLM_NOTICE: Final = (
    "This product uses publicly available data from the U.S. National Library of Medicine (NLM), "
    "National Institutes of Health, Department of Health and Human Services; NLM is not "
    "responsible for the product and does not endorse or recommend this or any other product."
)
"""NCBI asks that software makes its disclaimer evident to its users (ncbi.md 1.1)."""
