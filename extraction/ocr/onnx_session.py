"""An onnxruntime session as the confined child needs it: no thread of its own, and memory given back."""

from extraction.onnx_runtime import onnxruntime


def open_model(model: bytes, threads: int = 1) -> onnxruntime.InferenceSession:
    """A session on the CPU. With one thread no pool exists, so a process forked later can use it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    # The arena keeps the largest buffers of the largest page for ever.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
