"""Names in the file of a network, which those who write it and those who run it share. Nothing here needs onnx."""

IMAGE, LOGITS = "image", "logits"  # the input and the output of the graph
# The name of an open width: images are cut to their writing, see `inkpipe.model.widths`. Files of earlier versions have
# another name there: their networks know whole canvases only.
OWN_WIDTH = "own_width"
