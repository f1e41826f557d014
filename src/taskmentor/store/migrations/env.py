"""Run by Alembic: does the steps over the connection that `migrating.upgrade` hands in."""

from alembic import context

from taskmentor.store.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
with context.begin_transaction():
    context.run_migrations()
