"""Units of work: one verb of the library and one call of the database each.

Tasks take and return identifiers and counts, never documents, so that Prefect stores integers,
a retry is cheap, and the database is the only store of content. They know no order of work
(that is ``flows``) and no SQL text (that is ``db``). What only looks into the database to see what
there is to do is a plain function: a task run of Prefect's costs about 10 ms here and 35 ms on its
server, and there is nothing in a look to retry or to watch.
"""
