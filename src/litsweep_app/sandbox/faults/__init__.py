"""Faults on request: a sandbox that misbehaves as NCBI does, the same way every time.

A schedule is built in Python (`FaultSchedule`, `Fault`) or read from a TOML file, which names
the same things::

    # Each call of each endpoint goes wrong with this probability; the same seed, the same faults.
    seed = 7
    rate = 0.2
    kinds = ["http_503", "reset", "truncate", "short_list"]   # without it, all that fit
    endpoints = ["esearch", "efetch"]                         # without it, all

    # Entries come first: the first that fits a call is what happens.
    [[fault]]
    endpoint = "efetch"          # without it, every endpoint
    calls = "3-5"                # or 3, "3-", "every 7", "always"
    kind = "rate_limit_429"
    retry_after = 2

    [[fault]]
    endpoint = "efetch"
    calls = 8
    kind = "drop_records"
    pmids = [99000007]

    [[fault]]
    endpoint = "pmc_cloud"
    calls = "every 2"
    kind = "truncate"
    at = 0.5                     # a share; or bytes, from the end where negative
    looks_complete = true

Calls are counted by endpoint, from 1, those that NCBI's own rate limit lets through. The kinds
are described in `FaultKind`, the further settings of an entry in `Fault`.
"""

from litsweep_app.sandbox.faults.file import read_fault_file
from litsweep_app.sandbox.faults.kinds import PASSING, FaultKind
from litsweep_app.sandbox.faults.schedule import Fault, FaultSchedule

__all__ = ["PASSING", "Fault", "FaultKind", "FaultSchedule", "read_fault_file"]
