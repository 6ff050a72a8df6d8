"""Units of work: one verb of the library and one call of the database each.

Tasks take and return identifiers and counts, never documents, so that Prefect stores integers,
a retry is cheap, and the database is the only store of content. They know no order of work
(that is ``flows``) and no SQL text (that is ``db``).
"""
