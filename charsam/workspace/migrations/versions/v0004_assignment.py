"""An image may be somebody's to do."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the database to this version."""
    op.add_column("images", sa.Column("assigned_to", sa.String(length=64), nullable=True))
    op.create_index("images_by_assignment", "images", ["project_id", "assigned_to"])
