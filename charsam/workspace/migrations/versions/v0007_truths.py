"""The true masks of images."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the database to this version."""
    op.create_table(
        "truths",
        sa.Column("image_id", sa.String(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("form", sa.String(length=100), nullable=False),
        sa.Column("categories", sa.Text(), nullable=True),
        sa.Column("given_at", sa.String(length=27), nullable=False),
        sa.Column("given_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("image_id"),
    )
