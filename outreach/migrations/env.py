"""Alembic's entry: runs the migrations on the connection handed over by ``outreach.migrations.run``."""

from __future__ import annotations

from alembic import context

from outreach.models import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True, compare_server_default=True)
with context.begin_transaction():
    context.run_migrations()
