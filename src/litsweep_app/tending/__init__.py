"""The reaper: ends in the Prefect server what has ended on the machines, and nothing else."""
