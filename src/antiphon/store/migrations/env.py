"""Alembic runs this for every command. The connection, and its transaction, are the caller's."""

from alembic import context

from antiphon.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by rebuilding it
)
with context.begin_transaction():
    context.run_migrations()
