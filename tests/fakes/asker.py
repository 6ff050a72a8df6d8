"""A process that asks NCBI N times, as a task would: ``python asker.py N``; settings by env."""

import sys

from db.engine import open_database
from litsweep.settings import load_settings
from tasks.pace import open_eutils


def main() -> None:
    settings = load_settings()
    database = open_database(settings.database_url)
    for _ in range(int(sys.argv[1])):
        with open_eutils(settings, database) as eutils:
            eutils.server_info()
    database.close()


if __name__ == "__main__":
    main()
