"""Deleted projects lie in a trash, too."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the database to this version."""
    op.add_column("projects", sa.Column("deleted_at", sa.String(length=27), nullable=True))
