"""Several hosts on one PostgreSQL and one Prefect server, each in a network namespace of its own."""
