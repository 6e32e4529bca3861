"""Looks at pictures and talks about them: MiniCPM-V through llama.cpp, and a text reader, in child processes."""

import os

# ONNX Runtime's own wheel makes a device id, keeps events in the user's cache and sends them, unless it finds this
# before it is first loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
