"""Whether two index entries are of one publication: pure rules, without a database."""
