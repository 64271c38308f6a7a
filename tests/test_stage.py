import os
import subprocess
import sys

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.stage import run_stage


def test_a_stage_says_what_it_does_and_what_came_of_it(capsys):
    run_stage("train", "fitting", lambda: "done")
    assert capsys.readouterr().out == "[train] fitting\n[train] done (0 s)\n"


def test_a_users_error_is_one_message_and_exit_code_1(capsys):
    def fail():
        raise InkpipeError("lr: too high. Received: 9.")

    with pytest.raises(SystemExit) as stopped:
        run_stage("train", "fitting", fail)
    assert stopped.value.code == 1
    assert capsys.readouterr().err == "[train] stopped: lr: too high. Received: 9.\n"


def test_a_defect_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run_stage("train", "fitting", lambda: str(1 / 0))


@pytest.mark.parametrize(("level", "code"), [("1", 0), ("2", 1)])
def test_python_without_docstrings_is_refused_before_the_work(level, code):
    script = "from inkpipe.stage import run_stage; run_stage('train', 'fitting', lambda: 'done')"
    environment = {**os.environ, "PYTHONOPTIMIZE": level}
    result = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == code
    assert ("done" in result.stdout) == (code == 0)
    assert ("Unset PYTHONOPTIMIZE" in result.stderr) == (code == 1)
