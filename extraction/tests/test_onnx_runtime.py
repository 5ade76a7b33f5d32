"""onnxruntime as the product loads it: it tells nobody about this machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

# The smallest model there is, loaded and run; then the process ends, which is when reports are sent.
RUN = """
import numpy, onnx
from onnx import TensorProto as T, helper as h
value = [h.make_tensor_value_info(name, T.FLOAT, [1]) for name in "ab"]
model = h.make_model(h.make_graph([h.make_node("Identity", ["a"], ["b"])], "g", value[:1], value[1:]), ir_version=10)
one = numpy.ones(1, dtype="float32")
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
assert session.run(None, {"a": one})[0] == one
"""


def left_in_home(tmp_path: Path, load: str) -> list[str]:
    """The files that a process leaves in its home folder after it loaded onnxruntime in this way."""
    # onnxruntime keeps silent by itself where it sees that it is tested.
    mute = {"CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_DISABLE_TELEMETRY", "ORT_TELEMETRY_DISABLED"}
    environment = {k: v for k, v in os.environ.items() if k not in mute and not k.startswith("XDG_")}
    # A proxy that nobody listens at, so that the control below reports to nobody either.
    nowhere = dict.fromkeys(("https_proxy", "HTTPS_PROXY", "http_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    subprocess.run(
        [sys.executable, "-c", load + RUN],
        env=environment | nowhere | {"HOME": str(tmp_path)},
        cwd=settings.BASE_DIR,
        check=True,
        timeout=60,
    )
    return [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()]


def test_it_leaves_no_identifier_of_the_machine_and_no_reports(tmp_path):
    assert left_in_home(tmp_path, "from extraction.onnx_runtime import onnxruntime") == []


@pytest.mark.parametrize("module", ["extraction.ocr.onnx_session", "extraction.embedding.local"])
def test_what_uses_it_takes_it_from_there(tmp_path, module):
    assert left_in_home(tmp_path, f"from {module} import onnxruntime") == []
