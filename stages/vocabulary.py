"""vocabulary: the characters of the training labels, their class ids, and the language model of these labels."""

from pathlib import Path

from inkpipe.data.corpus import SPLITS
from inkpipe.data.label_form import LabelForm
from inkpipe.data.language_model import build_language_model
from inkpipe.data.manifest import Manifest
from inkpipe.data.vocabulary import build
from inkpipe.params import load_params
from inkpipe.progress import say
from inkpipe.stage import run_stage

MANIFEST = Path("data/validated/manifest.parquet")
LABELS = Path("data/validated/labels.json")
VOCABULARY = Path("data/vocabulary.json")
LANGUAGE_MODEL = Path("data/language_model.npz")


def main() -> str:
    """Build both from the accepted rows of the manifest."""
    params, manifest, form = load_params(), Manifest(MANIFEST), LabelForm.load(LABELS)
    vocabulary = build(
        {split: manifest.accepted_texts(split) for split in SPLITS},
        case=form.case,
        unicode_form=form.unicode_form,
        min_count=params.vocabulary.min_count,
        characters=params.vocabulary.characters,
    )
    language_model = build_language_model(manifest.accepted_texts("train"), vocabulary, params.language_model, say)
    vocabulary.save(VOCABULARY)
    language_model.save(LANGUAGE_MODEL)
    return f"{vocabulary.describe()}; {language_model.describe()}"


if __name__ == "__main__":
    run_stage("vocabulary", "collecting the characters of the training labels", main)
