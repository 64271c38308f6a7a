"""The network as ONNX: built from the Keras layers, compared with Keras, and run without TensorFlow."""
