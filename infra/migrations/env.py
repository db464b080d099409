"""What Alembic runs for each command: the connection comes from ``infra.migrations``, already inside a transaction."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    # SQLite cannot alter most things in place; Alembic copies the table instead.
    render_as_batch=True,
)
context.run_migrations()
