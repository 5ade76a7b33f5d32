"""onnxruntime with its telemetry off; whoever needs onnxruntime takes it from here.

Its wheels report to Microsoft unless told otherwise before they are loaded: they keep an identifier of the machine in
the home folder and post what was loaded and how often it ran. A call that switches events off comes too late for both.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime  # noqa: TID251

__all__ = ["onnxruntime"]
