"""The review desk: pages and a JSON API over the results database.

It reads and records, and runs nothing: a new reading that a person asks for is a row. Each module
with ``PAGES`` is one part of the desk; ``application`` puts them together.
"""
