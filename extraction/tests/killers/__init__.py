"""Files made to kill their reader, by family: each a plain function whose parameters say how bad it is.

kinds.py lists them with a small and a full size and how each may end; ordeal.py is the worker they are given to.
"""
