"""Flows: the order of the work, and what happens when a part of it fails.

They know nothing of how anything is done (that is ``tasks``). Deployed by module path
(``flows.nightly.nightly``), never by file path.
"""

from tasks.output import outlive_the_worker

outlive_the_worker()
