"""Versions of our own: of what reading a file gives, and of what the code needs of the database."""

# Raised whenever the same file would give different text or chunks; `reprocess --extractor-older-than V` finds
# documents read by an older one.
EXTRACTOR_VERSION = "2"

# Raised by one together with a migration that takes away or changes what the code before it needs; see code_age.py.
CODE = 1
