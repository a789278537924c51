"""What is deployed names commands, variables and metrics that are there."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest
import yaml

from usina.cli.main import main
from usina.core.operation import Meter
from usina.door.metrics import Metrics
from usina.pipeline.closing import Seen
from usina.testing.world import world

DEPLOY = Path(__file__).parents[2] / "deploy"
UNIT = DEPLOY / "systemd" / "usina.service"
RULES = DEPLOY / "prometheus" / "usina.rules.yml"


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    parser.read(UNIT)
    return parser


def test_the_unit_runs_a_command_that_is_there() -> None:
    program, command, *flags = shlex.split(unit()["Service"]["ExecStart"])
    assert Path(program).name == "usina"
    found = main.commands[command]
    known = {option for parameter in found.params if isinstance(parameter, click.Option) for option in parameter.opts}
    assert set(flags) <= known


def test_the_unit_waits_longer_for_a_stop_than_answers_may_take() -> None:
    from usina.core.limits import DEFAULT_LIMITS

    assert int(unit()["Service"]["TimeoutStopSec"]) > DEFAULT_LIMITS.drain_seconds


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not on this machine")
    copy = tmp_path / "usina.service"
    # The program is where an operator installs it, not where the tests run.
    copy.write_text(UNIT.read_text("utf-8").replace("/opt/usina/.venv/bin/usina", "/bin/true"))
    done = subprocess.run([analyze, "verify", str(copy)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_metric_of_the_alerts_is_one_that_is_told() -> None:
    metrics = Metrics(world().models, dict)
    metrics.observe(Seen("sts", "GetCallerIdentity", 200, "done", "", 0.1, 0.1, Meter(model="a.b")))
    told = set(re.findall(r"^(usina_\w+)", metrics.exposition().decode(), re.MULTILINE))
    rules = yaml.safe_load(RULES.read_text("utf-8"))["groups"][0]["rules"]
    asked = {name for rule in rules for name in re.findall(r"usina_\w+", rule["expr"])}
    assert len(asked) >= 5
    assert asked <= told


def test_every_alert_says_what_to_do_next() -> None:
    for rule in yaml.safe_load(RULES.read_text("utf-8"))["groups"][0]["rules"]:
        assert rule["annotations"]["next"]
