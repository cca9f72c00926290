"""The check itself: it runs everything, and a failure of any step is its own."""

import sys

from clipit.apps import check


def test_every_kind_of_check_is_there():
    assert [step.name for step in check.steps()][:4] == ["lint", "format", "types", "unit tests"]


def test_it_goes_on_after_a_failure_and_remembers_it(monkeypatch, capfd):
    monkeypatch.setattr(check, "steps", lambda: [check.Step("bad", ("no_such_module",)), check.Step("good", ("this",))])
    assert check.check() == 1
    summary = capfd.readouterr().out.split("\n\n")[-1]
    assert "bad         failed" in summary and "good        passed" in summary


def test_it_passes_when_all_steps_do(monkeypatch, capfd):
    monkeypatch.setattr(check, "steps", lambda: [check.Step("good", ("this",))])
    assert check.check() == 0
    capfd.readouterr()


def test_without_pytorch_it_says_what_was_skipped(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr(check.importlib.util, "find_spec", lambda name: None)
    assert "PyTorch is not installed" in check.summary([("good", 0, 1.0)])


def test_outside_a_checkout_it_says_so(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(check, "CHECKOUT", tmp_path)
    assert check.check() == 2
    assert "clone it" in capsys.readouterr().err
