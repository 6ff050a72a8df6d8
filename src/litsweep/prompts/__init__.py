"""What models are asked: named, versioned, hashed texts. It runs no model."""

from litsweep.prompts.templates import PromptTemplate, load_prompt

__all__ = ["PromptTemplate", "load_prompt"]
