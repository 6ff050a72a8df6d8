"""Reading documents: summaries of abstracts, data items of full texts, with their checks."""
