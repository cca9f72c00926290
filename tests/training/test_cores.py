"""How many cores a container allows, by whichever name, and that a process keeps to them."""

import os
import subprocess
import sys

import pytest

from clipit.training.cores import cores, cpu_limit, respect_cpu_limit

NO_GROUP = "no such file"
needs_affinity = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="this system binds no process to cores"
)


@pytest.fixture(autouse=True)
def no_hub(monkeypatch):
    monkeypatch.delenv("CPU_LIMIT", raising=False)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("200000 100000\n", 2),
        ("150000 100000\n", 2),
        ("50000 100000\n", 1),
        ("1600000 100000\n", 16),
        ("max 100000\n", None),
        ("", None),
        ("nonsense", None),
        ("a b", None),
    ],
)
def test_the_limit_of_a_container_is_read(text, limit, tmp_path):
    (tmp_path / "cpu.max").write_text(text)
    assert cpu_limit(tmp_path, tmp_path / NO_GROUP) == limit


@pytest.mark.parametrize(("quota", "limit"), [("300000", 3), ("-1", None), ("", None)])
def test_so_is_that_of_an_older_one(quota, limit, tmp_path):
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert cpu_limit(tmp_path, tmp_path / NO_GROUP) == limit


def test_each_group_around_a_process_limits_it(tmp_path):
    """As systemd's spawner does: a group for each user, in a larger one."""
    user = tmp_path / "jupyterhub.slice" / "user.service"
    user.mkdir(parents=True)
    (tmp_path / "own").write_text("0::/jupyterhub.slice/user.service\n")
    (user / "cpu.max").write_text("400000 100000")
    assert cpu_limit(tmp_path, tmp_path / "own") == 4
    (user.parent / "cpu.max").write_text("300000 100000")
    assert cpu_limit(tmp_path, tmp_path / "own") == 3
    (tmp_path / "own").write_text("3:memory:/jupyterhub.slice\n1:cpu,cpuacct:/elsewhere\ndamaged\n")
    assert cpu_limit(tmp_path, tmp_path / "own") is None


@pytest.mark.parametrize(
    ("told", "limit"), [("2.0", 2), ("0.5", 1), ("", None), ("0", None), ("many", None), ("nan", None), ("inf", None)]
)
def test_what_jupyterhub_says_counts(told, limit, tmp_path, monkeypatch):
    monkeypatch.setenv("CPU_LIMIT", told)
    assert cpu_limit(tmp_path, tmp_path / NO_GROUP) == limit
    (tmp_path / "cpu.max").write_text("100000 100000")
    assert cpu_limit(tmp_path, tmp_path / NO_GROUP) == 1, "the lower of two limits"


def test_where_nothing_is_written_there_is_no_limit(tmp_path):
    assert cpu_limit(tmp_path, tmp_path / NO_GROUP) is None


@needs_affinity
def test_cores_follow_what_a_process_may_run_on():
    first = min(os.sched_getaffinity(0))
    code = f"import os; os.sched_setaffinity(0, [{first}]); from clipit.training.cores import cores; print(cores())"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.stdout == "1\n", ran.stderr


@needs_affinity
def test_a_command_keeps_to_the_limit(monkeypatch):
    """Within a limit of one core a command ends on one, as do the threads of the libraries that it loads."""
    code = """
import os
from clipit.apps.entry import run_command
run_command(lambda arguments: print(len(os.sched_getaffinity(0))), [])
"""
    environment = os.environ | {"CPU_LIMIT": "1.0"}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert ran.stdout == "1\n", ran.stderr


@needs_affinity
def test_containers_on_one_machine_choose_different_cores(monkeypatch):
    chosen = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: range(64))
    monkeypatch.setattr(os, "sched_setaffinity", lambda process, wanted: chosen.append(tuple(wanted)))
    monkeypatch.setenv("CPU_LIMIT", "2")
    names = [type("Machine", (), {"nodename": f"jupyter-student-{number}"}) for number in range(30)]
    for name in [*names, names[0]]:
        monkeypatch.setattr(os, "uname", lambda name=name: name)
        respect_cpu_limit()
    assert len(chosen) == 31 and all(len(set(pair)) == 2 for pair in chosen)
    assert chosen[0] == chosen[-1], "the processes of one container share theirs"
    assert len(set(chosen)) > 20 and cores() == 2
