"""The query language of ESearch: fields, parsing, evaluation over a collection."""
