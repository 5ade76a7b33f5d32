"""The version of our own reading: raised whenever the same file would give different text or chunks.

`reprocess --extractor-older-than V` finds documents read by an older one.
"""

EXTRACTOR_VERSION = "2"
