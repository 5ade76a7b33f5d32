"""What was measured, kept and shown: docs/benchmarks.json holds it, docs/benchmarks.md is made of it.

manage.py bench NAME --record ─▶ benchmarks.json (this part anew, the others as they were) ─▶ benchmarks.md, growth.svg
"""
