"""Alembic's migrations, run when a workspace is opened."""
