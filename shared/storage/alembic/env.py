"""What Alembic runs for each service: its own steps, on the connection it is given."""

from __future__ import annotations

from alembic import context

from shared.storage.migrating import render

given = context.config.attributes
context.configure(
    connection=given["connection"],
    target_metadata=given["metadata"],
    render_as_batch=True,
    render_item=render,
)
with context.begin_transaction():
    context.run_migrations()
