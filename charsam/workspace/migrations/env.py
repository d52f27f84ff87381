"""How Alembic reaches the database: over the connection, and in the transaction, of the one who opens the workspace."""

from alembic import context

from charsam.workspace.schema import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    transactional_ddl=True,
)
context.run_migrations()
