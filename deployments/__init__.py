"""What runs where and when on a Prefect server, and how it is put there."""
