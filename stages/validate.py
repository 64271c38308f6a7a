"""validate: check the corpus against the data contract and quarantine the rows that break it."""

import sys
from pathlib import Path

from inkpipe.data.corpus import Corpus
from inkpipe.data.label_form import decide_form
from inkpipe.errors import InkpipeError
from inkpipe.params import load_params
from inkpipe.stage import run_stage

CORPUS = Path("data/raw")
VALIDATED = Path("data/validated")
DOCS = Path("data/docs")


def main() -> str:
    """Validate by the parameters of `validate`. The pages are written even if a rule stops the pipeline."""
    # Late, because each worker process imports this script anew and has no use for pandas and Matplotlib.
    from inkpipe.contract.messages import notices, refusal, summary
    from inkpipe.contract.page import write_docs
    from inkpipe.contract.validate import validate
    from inkpipe.contract.write import write_outputs

    params, corpus = load_params(), Corpus(CORPUS)
    form = decide_form(corpus.real_labels("train"), params.vocabulary.case, params.vocabulary.unicode_form)

    outcome = validate(
        corpus,
        params.validate_,
        form,
        frames=params.frames,
        width=params.preprocess.width,
        workers=params.runtime.workers,
    )

    write_docs(DOCS, outcome, corpus)
    for notice in notices(outcome):
        print(f"  {notice}", file=sys.stderr, flush=True)
    if outcome.stopping:
        data = params.data.folder.path if params.data.source == "folder" else None
        raise InkpipeError(refusal(outcome, DOCS / "index.html", data))
    write_outputs(VALIDATED, outcome, corpus)
    return summary(outcome)


if __name__ == "__main__":
    run_stage("validate", "checking the data contract", main)
