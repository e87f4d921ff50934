"""The history of the schema (Alembic); ``outreach db upgrade`` runs it as the owner of the tables."""
