"""Where Alembic finds its surroundings."""
