"""The vision tower on ONNX Runtime."""
