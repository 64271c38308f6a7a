"""Measure runtimes of one network: ONNX Runtime in float and with int8 weights, and OpenVINO.

    python benchmarks/runtimes.py [--model data/recognizer] [--corpus data/raw] [--split test]

Each runs with one thread, as the processes of `inkpipe read` and `inkpipe serve` do, on the same prepared images and
with the model's own decoder. Times are of the processor, for the network alone, the least of three rounds: other work
on the machine hardly changes them. OpenVINO is left out where it is not installed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rapidfuzz.distance import Levenshtein

from inkpipe.batching import batched
from inkpipe.data.corpus import Corpus
from inkpipe.imaging import decode, prepare
from inkpipe.model.artifacts import NETWORK, load_knowledge, load_settings
from inkpipe.model.decoding import build_decoder
from inkpipe.onnx.network import OnnxNetwork

BATCH = 64  # images at once, as in `inkpipe read`
SINGLE = 200  # images that are run alone
ROUNDS = 3
Logits = Callable[[np.ndarray], np.ndarray]


def int8(network: Path, target: Path) -> Logits:
    """ONNX Runtime with weights that are quantized to 8 bits, and activations as they come."""
    from onnxruntime.quantization import quantize_dynamic

    quantize_dynamic(network, target)
    return OnnxNetwork(target, 1).logits


def openvino(network: Path) -> Logits:
    """OpenVINO with one thread, at the precision of the file."""
    import openvino as ov

    core = ov.Core()
    options = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    compiled = core.compile_model(core.read_model(network), "CPU", options)
    return lambda images: compiled(images)[0]


def processor_ms(logits: Logits, batches: list[np.ndarray]) -> float:
    """Milliseconds of the processor for an image, the least of some rounds."""
    count, times = sum(map(len, batches)), []
    for _ in range(ROUNDS):
        started = time.process_time()
        for batch in batches:
            logits(batch)
        times.append(time.process_time() - started)
    return 1000 * min(times) / count


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("data/recognizer"), help="folder of a promoted model")
    parser.add_argument("--corpus", type=Path, default=Path("data/raw"), help="folder that the download stage leaves")
    parser.add_argument("--split", default="test")
    arguments = parser.parse_args()
    settings = load_settings(arguments.model)
    decoder = build_decoder(settings.decode, settings.vocabulary, load_knowledge(arguments.model, settings))
    samples = [sample for sample in Corpus(arguments.corpus).samples(arguments.split) if sample.label]
    labels = [settings.vocabulary.normalize(sample.label) for sample in samples]
    images = np.stack([prepare(decode(sample.image), settings.preprocess) for sample in samples])
    batches = [np.stack(batch) for batch in batched(images, BATCH)]
    print("| runtime | CER | other texts | ms an image, batches of 64 | alone | largest difference of a logit | MB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    with TemporaryDirectory() as folder:
        network, quantized = arguments.model / NETWORK, Path(folder) / "int8.onnx"
        runtimes = {"ONNX Runtime, float": (OnnxNetwork(network, 1).logits, network)}
        runtimes["ONNX Runtime, int8 weights"] = (int8(network, quantized), quantized)
        if find_spec("openvino"):
            runtimes["OpenVINO, float"] = (openvino(network), network)
        reference: tuple[np.ndarray, list[str]] | None = None
        for name, (logits, file) in runtimes.items():
            found = np.concatenate([logits(batch) for batch in batches])
            texts = [prediction.text for prediction in decoder.decode(found)]
            reference = reference or (found, texts)
            cer = sum(map(Levenshtein.distance, labels, texts)) / sum(map(len, labels))
            other = sum(one != two for one, two in zip(texts, reference[1], strict=True))
            times = [processor_ms(logits, batches), processor_ms(logits, [images[n : n + 1] for n in range(SINGLE)])]
            shown = f"{times[0]:.2f} | {times[1]:.2f} | {np.abs(found - reference[0]).max():.1e}"
            print(f"| {name} | {cer:.4f} | {other} | {shown} | {file.stat().st_size / 1e6:.2f} |", flush=True)


if __name__ == "__main__":
    main()
