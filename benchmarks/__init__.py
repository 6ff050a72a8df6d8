"""One module a claim; ``make bench`` prints all tables, ``python -m benchmarks.NAME`` one."""
