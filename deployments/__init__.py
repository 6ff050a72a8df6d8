"""What runs where and when on a Prefect server, and how it is put there."""

from typing import Final

AUTOMATIONS: Final = "litsweep: "
"""What the names of our automations on a server begin with: by it they are known as ours."""
