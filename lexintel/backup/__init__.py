"""Backups: a folder with a dump of the database, the originals that it refers to, and a manifest that vouches for both.

    originals ─▶ dump, and what it refers to, of one moment ─▶ originals that have come since ─▶ manifest

The manifest is written last and by a rename: a folder holds a whole backup or none. The next backup into the same
folder copies only what is new.
"""
