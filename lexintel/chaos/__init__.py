"""Faults on purpose: a whole installation, what can go wrong with it, and proof that nothing was lost by it."""
