"""The query language, in plain Python: tokens ─▶ grammar ─▶ a tree, and what of a text fulfils it."""
