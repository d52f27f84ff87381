"""Members have roles, deleted images lie in a trash, accounts can be removed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the database to this version."""
    op.add_column("members", sa.Column("role", sa.String(length=10), nullable=False, server_default="labeler"))
    op.execute(
        "UPDATE members SET role = 'owner' WHERE user_id = "
        "(SELECT owner_id FROM projects WHERE projects.id = members.project_id)"
    )
    op.add_column("users", sa.Column("removed_at", sa.String(length=27), nullable=True))
    op.add_column("images", sa.Column("deleted_at", sa.String(length=27), nullable=True))
    op.add_column("images", sa.Column("deleted_by", sa.String(length=64), nullable=True))
    op.create_index("images_by_deletion", "images", ["deleted_at"])
