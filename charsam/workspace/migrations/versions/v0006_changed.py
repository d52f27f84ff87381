"""How much of an image's mask a job in the background changed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the database to this version."""
    op.add_column("job_images", sa.Column("changed", sa.Float(), nullable=True))
