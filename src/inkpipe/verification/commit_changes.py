"""What a commit changes, for a pull request: metrics, parameters, plots as images, and whether it reproduces."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inkpipe.errors import InkpipeError

HEAD = "HEAD"
RESOLUTION = 1.5  # pixels of an image for each of the plot
REVISION = "rev"  # key of a point in DVC's plots: the revision that it is of


@dataclass(frozen=True)
class CommitChanges:
    """What a commit changes.

    Attributes:
        base: the revision that it is compared with.
        metrics, params: tables of `dvc metrics diff` and `dvc params diff` in Markdown; empty if nothing changed.
        plots: the changed plots as PNG, by their titles in dvc.yaml.
        absent: why plots could not be compared, such as data that is in no cache or remote.
    """

    base: str
    metrics: str
    params: str
    plots: Mapping[str, bytes]
    absent: tuple[str, ...]


def commit_changes(project: Path, base: str) -> CommitChanges:
    """Compare the commit that a project is at with another one. The data of plots comes from DVC's cache or remote.

    Args:
        project: the root of a git repository with the pipeline.
        base: any name of a commit that git knows.

    Raises:
        InkpipeError: git does not know the revision, DVC fails, or the package that draws the plots is not installed.
    """
    known = _run(project, "git", "rev-parse", "--verify", "--quiet", f"{base}^{{commit}}")
    if known.returncode:
        raise InkpipeError(
            f"git does not know the revision to compare with. Received: {base}. Fetch it, or name another one."
        )
    plots, absent = _plots(project, base)
    metrics, params = (_table(_dvc(project, what, "diff", base, HEAD, "--md")) for what in ("metrics", "params"))
    return CommitChanges(base, metrics, params, plots, absent)


def changes_markdown(changes: CommitChanges, verdict: Mapping[str, Any] | None = None) -> str:
    """Write the changes for a pull request. Images are named by `image_name` in the folder `plots`.

    Args:
        changes: of a commit.
        verdict: the content of `inkpipe verify --json`; None for none.

    Returns:
        Markdown. Each image is a line of its own.
    """
    lines = [f"# What this changes against `{changes.base}`"]
    if verdict is not None:
        lines += ["", "## Does it reproduce?", "", *_verdict(verdict)]
    lines += ["", "## Metrics", "", changes.metrics or "No metric changed."]
    lines += ["", "## Parameters", "", changes.params or "No parameter changed."]
    lines += ["", "## Plots", ""]
    nothing = "No plot of those that could be compared changed." if changes.absent else "No plot changed."
    lines += [f"![{title}](plots/{image_name(title)})" for title in changes.plots] or [nothing]
    if changes.absent:
        lines += ["", "Not compared. Where DVC's cache and remote lack the data, `dvc push` brings it there:", ""]
        lines += [f"- {reason}" for reason in changes.absent]
    return "\n".join(lines) + "\n"


def image_name(title: str) -> str:
    """The name of the file of a plot, such as `cer_by_label_length.png`."""
    return f"{re.sub(r'[^a-z0-9]+', '_', title.lower()).strip('_')}.png"


def _verdict(verdict: Mapping[str, Any]) -> Iterator[str]:
    yield "**It does.**" if verdict["passed"] else "**It does not.**"
    yield ""
    yield "| step | verdict | |"
    yield "| --- | --- | --- |"
    for step in verdict["steps"]:
        details = "<br>".join(detail.replace("|", "\\|") for detail in step["details"])
        yield f"| {step['step']} | {'passed' if step['passed'] else '**failed**'} | {details} |"


def _plots(project: Path, base: str) -> tuple[dict[str, bytes], tuple[str, ...]]:
    found = json.loads(_dvc(project, "plots", "diff", base, HEAD, "--json") or "{}")
    charts = {
        title: chart["content"]
        for title, kinds in found.get("data", {}).items()
        for chart in kinds
        if chart["type"] == "vega" and _changed(chart["content"])
    }
    revisions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in found.get("errors", []):
        revisions[each["source"], each["msg"]].add(each["rev"])
    absent = (f"{path} of {' and '.join(sorted(revs))}: {why}" for (path, why), revs in sorted(revisions.items()))
    return {title: _png(content) for title, content in charts.items()}, tuple(absent)


def _changed(chart: Mapping[str, Any]) -> bool:
    """Whether the points of a chart differ between its revisions, or are of one of them alone."""
    points = defaultdict(list)
    for point in chart["data"]["values"]:
        points[point[REVISION]].append({name: value for name, value in point.items() if name != REVISION})
    first, *others = points.values() or [[]]
    return not others or any(other != first for other in others)


def _png(chart: Mapping[str, Any]) -> bytes:
    try:
        import vl_convert
    except ImportError as error:
        raise InkpipeError(
            f"The package that draws DVC's plots is not installed. Received: {error}. "
            "Install it: `.venv/bin/uv sync --extra ci --inexact`."
        ) from error
    return bytes(vl_convert.vegalite_to_png(json.dumps(chart), scale=RESOLUTION))


def _table(markdown: str) -> str:
    """A table of DVC's; empty if it has a header alone."""
    lines = markdown.strip().splitlines()
    return "\n".join(lines) if len(lines) > 2 else ""


def _dvc(project: Path, *arguments: str) -> str:
    done = _run(project, str(Path(sys.executable).with_name("dvc")), *arguments)
    if done.returncode:
        raise InkpipeError(f"`dvc {' '.join(arguments)}` failed in {project}. Received: {done.stderr.strip()}")
    return done.stdout


def _run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)  # noqa: S603 - git and DVC
