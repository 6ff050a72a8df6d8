"""The results database: tables, migrations, and every query that litsweep makes."""
