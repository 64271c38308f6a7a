"""The README's example runs as it stands, and its tables name files that exist."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from tests.values import replaced

from inkpipe.params.flatten import flatten

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
EXAMPLE = re.search(r"```python\n(.*?)```", README, re.DOTALL).group(1)
TINY = {"epochs": 1, "model.crnn.channels": [4, 4, 8, 8], "model.crnn.recurrent_units": 8}


def test_the_notebook_example_is_short():
    assert len(EXAMPLE.splitlines()) < 20


def test_the_notebook_example_trains_on_arrays_in_memory(tmp_path, monkeypatch, capsys):
    content = replaced(yaml.safe_load((ROOT / "params.yaml").read_text()), TINY)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(content))
    monkeypatch.chdir(tmp_path)
    exec(compile(EXAMPLE, "README.md", "exec"), {})
    printed = capsys.readouterr().out.splitlines()[-1]
    assert printed.startswith("Epoch(epoch=1, loss=")
    assert printed.count("Prediction(text=") == 3
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]


def rooms():
    table = README[README.index("| room | holds |") :].split("\n\n")[0]
    return [name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)/?`", row.split("|")[1])]


def test_the_table_of_rooms_names_every_room_and_no_other():
    package = ROOT / "src/inkpipe"
    folders = {path.name for path in package.iterdir() if (path / "__init__.py").exists()}
    modules = {path.stem for path in package.glob("*.py")} - {"__init__", "__main__"}
    assert sorted(rooms()) == sorted(folders | modules)


@pytest.mark.parametrize(
    "page", ["README.md", "CHANGELOG.md", "benchmarks/README.md", "docs/team.md", "docs/training.md"]
)
def test_links_and_pictures_lead_to_files(page):
    folder, text = (ROOT / page).parent, (ROOT / page).read_text()
    assert [path for path in re.findall(r"\]\(([\w./]+)\)", text) if not (folder / path).exists()] == []


@pytest.mark.parametrize("section", yaml.safe_load((ROOT / "params.yaml").read_text()))
def test_the_table_of_parameters_names_every_section_and_its_stages(section):
    table = README[README.index("| section | stages ") :].split("\n\n")[0]
    (row,) = (line.split(" | ") for line in table.splitlines() if f"`{section}`" in line.split(" | ")[0])
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    sections = re.findall(r"`(\w+)`", row[0])
    depending = {
        stage for stage, each in stages.items() for name in each.get("params", ()) if name.split(".")[0] in sections
    }
    assert {word for word in re.findall(r"\w+", re.sub("`[^`]*`", "", row[1])) if word in stages} == depending


PAGES = ("README.md", "docs/team.md", "docs/training.md")
SETTING = re.compile(r"""-S ("[^"]+"|'[^']+'|[^\s`]+)""")
SETTINGS = sorted({setting for page in PAGES for setting in SETTING.findall((ROOT / page).read_text())})


@pytest.mark.parametrize("setting", [each for each in SETTINGS if "=" in each and "..." not in each])
def test_dvc_takes_each_setting_that_is_shown(setting):
    (word,) = shlex.split(setting)
    (override,) = OverridesParser.create().parse_overrides([word])
    assert override.key_or_group in flatten(yaml.safe_load((ROOT / "params.yaml").read_text()))
