"""The encoder that the default models share, on ONNX Runtime: one graph, and the weights of whichever is at work."""
