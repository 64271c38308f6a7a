"""Judge a candidate: run the champion on the same images, hold every check, and decide."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, NamedTuple

from inkpipe.errors import InkpipeError
from inkpipe.params.promote import PromoteParams
from inkpipe.progress import say
from inkpipe.promotion.candidate import Candidate
from inkpipe.promotion.checks import FAILED, NOT_APPLICABLE, CheckResult, checks
from inkpipe.promotion.comparison import Comparison, Latencies, measured
from inkpipe.promotion.decision import Decision, RatedModel, decide
from inkpipe.promotion.registered_models import LabeledSamples, OpenRecognizer, measure_latencies, predict_all
from inkpipe.tracking.model_version import ModelVersion

if TYPE_CHECKING:
    from inkpipe.serving.recognizer import ImageRecognizer

TAKEN_DOWN, CHAMPION_RUNS = "taken_down", "if_champion_fails"  # results that are of no check of params.yaml


class Judgement(NamedTuple):
    """The decision on a candidate, and the times that it rests on, if they were measured."""

    decision: Decision
    latencies: Latencies | None = None


@dataclass(frozen=True)
class Gate:
    """Judges one candidate, against whatever the champion is.

    Attributes:
        candidate: the new model.
        samples: the images that it was evaluated on.
        params: the thresholds.
        open_recognizer: starts a registered model.
        seed: of the bootstrap.
    """

    candidate: Candidate
    samples: LabeledSamples
    params: PromoteParams
    open_recognizer: OpenRecognizer
    seed: int

    def judge(self, version: ModelVersion, champion: ModelVersion | None) -> Judgement:
        """Decide whether the candidate becomes champion.

        Args:
            version: the candidate in the registry.
            champion: the champion; None if there is none.

        Returns:
            The decision. An earlier one on the same model, champion, images and rules stands, so a second run is quick
            and leaves the same bytes.

        Raises:
            InkpipeError: the candidate's predictions belong to other images, it has to be timed and cannot be run, or
                the champion cannot be run and `if_champion_fails` is `stop`.
        """
        if earlier := self._standing(version, champion):
            return Judgement(earlier)
        if champion and champion.number == version.number:
            return Judgement(self._plain(version, True, "It is the champion already."))
        if version.taken_down is not None:
            return Judgement(self._taken_down(version))
        self._check_images()
        return self._compare(version, champion)

    @property
    def rules(self) -> dict[str, object]:
        """The parameters that the decision rests on."""
        return {**self.params.model_dump(exclude={"model_name"}), "seed": self.seed}

    def _standing(self, version: ModelVersion, champion: ModelVersion | None) -> Decision | None:
        """The recorded decision, if all that it rests on is still the same."""
        earlier = Decision.from_json(version.decision) if version.decision else None
        if earlier is None or earlier.rules != self.rules or earlier.images != self.candidate.images:
            return None
        if earlier.scores != self.candidate.scores:
            return None
        if champion and champion.number == version.number:
            return earlier if earlier.promoted else None
        if earlier.promoted or version.taken_down is not None:
            return None
        if any(line.check == CHAMPION_RUNS for line in earlier.checks):  # it may run by now
            return None
        before = earlier.champion.digest if earlier.champion else None
        return earlier if before == (champion.digest if champion else None) else None

    def _compare(self, version: ModelVersion, champion: ModelVersion | None) -> Judgement:
        note: list[CheckResult] = []
        comparison = self._alone(version)
        if champion:
            with self._timed(version) as own:
                try:
                    comparison = self._paired(version, champion, own)
                except InkpipeError as error:
                    note = [self._unusable(version, champion, error)]
        results = note + [line for check in checks(self.params, self.seed) for line in check.results(comparison)]
        decision = decide(comparison, results, self.candidate.scores, self.candidate.images)
        if note and decision.promoted:
            decision = replace(decision, reason=note[0].explanation)
        return Judgement(replace(decision, rules=self.rules), comparison.latencies)

    def _alone(self, version: ModelVersion) -> Comparison:
        candidate = self.candidate
        labels = [each.label for each in candidate.scored]
        model = measured(version.digest, labels, candidate.predictions, candidate.vocabulary, version.size)
        return Comparison(labels, model, None, candidate.facts)

    @contextmanager
    def _timed(self, version: ModelVersion) -> Iterator[ImageRecognizer | None]:
        """The candidate, ready to be timed; None if no time is judged. If it fails, the champion is not to blame."""
        if not self.params.max_latency_factor:
            yield None
            return
        with ExitStack() as stack:
            try:
                own = stack.enter_context(self.open_recognizer(version))
                for sample in islice(self.samples, 1):  # its process tells of a fault when it gets an image
                    list(own.recognize_each([(0, sample.image)]))
            except InkpipeError as error:
                raise InkpipeError(
                    f"{version} is registered but not judged: it cannot be run, and promote.max_latency_factor asks "
                    f"for its time. Received: {error}"
                ) from error
            yield own

    def _paired(self, version: ModelVersion, champion: ModelVersion, own: ImageRecognizer | None) -> Comparison:
        alone = self._alone(version)
        with self.open_recognizer(champion) as recognizer:
            predictions = predict_all(recognizer, self.samples, "the champion")
            latencies = measure_latencies(own, recognizer, self.samples) if own else None
        vocabulary = self.candidate.vocabulary
        before = measured(champion.digest, alone.labels, predictions, vocabulary, champion.size)
        return replace(alone, champion=before, latencies=latencies)

    def _unusable(self, version: ModelVersion, champion: ModelVersion, error: InkpipeError) -> CheckResult:
        """What becomes of a candidate whose champion cannot be run: the person decides, in params.yaml."""
        choice = self.params.if_champion_fails
        if choice == "stop":
            raise InkpipeError(
                f"The champion, {champion}, cannot be run, so {version} is registered but not judged. "
                f"Received: {error} Repair it; or set promote.if_champion_fails to keep or replace and run "
                f"`dvc repro` again; or choose: `inkpipe registry promote {version.number} --reason ... --force`."
            ) from error
        say(f"The champion, {champion}, cannot be run. Received: {error}")
        outcome, verdict = {
            "keep": ("it stays champion", FAILED),
            "replace": ("the new model was judged by the other checks alone", NOT_APPLICABLE),
        }[choice]
        explanation = f"The champion cannot be run. promote.if_champion_fails is {choice}, so {outcome}."
        return CheckResult(CHAMPION_RUNS, "champion", None, None, verdict, explanation)

    def _taken_down(self, version: ModelVersion) -> Decision:
        explanation = (
            f"A person took this model down: {version.taken_down} "
            f"`inkpipe registry promote {version.number} --reason ...` brings it back."
        )
        line = CheckResult(TAKEN_DOWN, "a person's choice", None, None, FAILED, explanation)
        return replace(self._plain(version, False, explanation), checks=(line,))

    def _plain(self, version: ModelVersion, promoted: bool, reason: str) -> Decision:
        """A decision without a comparison."""
        candidate = self.candidate
        rated = RatedModel(version.digest, candidate.scores["cer"])
        return Decision(promoted, candidate.scores, rated, None, reason, images=candidate.images, rules=self.rules)

    def _check_images(self) -> None:
        """Refuse predictions for other images than the accepted samples: their edits could not be paired."""
        expected = [(each.filename, each.label) for each in self.candidate.scored]
        accepted = [(sample.filename, sample.label or "") for sample in self.samples]
        if expected != accepted:
            pairs = zip_longest(expected, accepted)
            first = next(f"{one} and {other}" for one, other in pairs if one != other)
            raise InkpipeError(
                "The candidate's predictions do not belong to the accepted test images. "
                f"Received: {len(expected):,} predictions and {len(accepted):,} images, "
                f"the first difference is {first}. Run `dvc repro -sf evaluate` first."
            )
