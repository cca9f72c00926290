"""The house keeps its order: who imports whom, versions in step, nothing large, nothing private."""

import ast
import itertools
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PACKAGE = sorted((ROOT / "clipit").rglob("*.py"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]

# The floors of the house, from the ground: a room knows those below its own, and none beside it.
FLOORS = (
    ("inputs", "models", "losses", "evaluation", "plots"),
    ("data",),
    ("hub",),
    ("training",),
    ("studies", "course", "apps"),
    ("cli",),
)
# Where a room knows less than everything below it.
KNOWS = {"data": {"inputs"}, "hub": {"models", "inputs"}}
NOT_KNOWN = {"training": {"plots"}}
# Finding files and writing them whole is nobody's subject: every room may ask where things lie.
ANYWHERE = {"clipit.data.locate", "clipit.data.cache", "clipit.data.atomic"}


# Imports


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    """The modules and names that a file imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: say `from clipit.room import ...` in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def allowed(room: str) -> set[str]:
    below = set(itertools.chain.from_iterable(itertools.takewhile(lambda floor: room not in floor, FLOORS)))
    return (KNOWS.get(room, below) - NOT_KNOWN.get(room, set())) | {room}


def forbidden(room: str, imported: set[str]) -> set[str]:
    """The imports that a file in this room may not have."""
    ours = {name for name in imported if name.split(".")[0] == "clipit" and "." in name}
    ours = {name for name in ours if not any(name == free or name.startswith(free + ".") for free in ANYWHERE)}
    return {name for name in ours if name.split(".")[1] not in allowed(room)}


@pytest.mark.parametrize("path", [path for path in PACKAGE if path.parent != ROOT / "clipit"], ids=name_of)
def test_imports_go_one_way(path):
    assert forbidden(name_of(path).split(".")[1], imports(path)) == set()


def test_every_room_has_its_floor():
    rooms = {name_of(path).split(".")[1] for path in PACKAGE if path.parent != ROOT / "clipit"}
    assert rooms <= set(itertools.chain.from_iterable(FLOORS))
    files = {path.stem for path in (ROOT / "clipit").glob("*.py")}
    assert files <= {"__init__", "__main__", "cli"}, "a file belongs into a room"


@pytest.mark.parametrize(
    "room, imported",
    [
        ("models", "clipit.losses.info_nce"),
        ("plots", "clipit.evaluation.retrieval"),
        ("data", "clipit.models.text"),
        ("hub", "clipit.data.world"),
        ("training", "clipit.plots.curves"),
        ("course", "clipit.apps.check"),
        ("evaluation", "clipit.cli"),
    ],
)
def test_a_wrong_import_is_noticed(room, imported):
    assert forbidden(room, {imported, "jax", "clipit.data.locate"}) == {imported}


def loaded_by(statement: str) -> set[str]:
    """The packages that are loaded after a statement in a fresh Python."""
    code = f"import sys\n{statement}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.splitlines()[-1].split())


HEAVY = {"jax", "flax", "transformers", "datasets", "matplotlib", "orbax", "grain", "torch"}
HELP = """
from clipit.cli import main
sys.argv = ["clipit", "--help"]
try:
    main()
except SystemExit as ended:
    assert not ended.code
"""


@pytest.mark.parametrize("statement", ["import clipit", HELP], ids=["import clipit", "clipit --help"])
def test_is_quick_because_it_loads_nothing_heavy(statement):
    assert loaded_by(statement) & HEAVY == set()


# Files


def tracked() -> list[Path]:
    """What belongs to the repository: what git keeps or would keep."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("path", PACKAGE, ids=name_of)
def test_a_module_says_what_it_is_and_is_short(path):
    text = path.read_text("utf-8")
    assert ast.get_docstring(ast.parse(text)), "a module begins with what it is"
    assert len(text.splitlines()) < 320, "one file, one idea"


def test_no_file_is_large():
    large = {str(path.relative_to(ROOT)): path.stat().st_size for path in tracked() if path.stat().st_size > 1_000_000}
    # The weights that notebook 00 searches with are the one exception.
    assert not {name for name in large if not re.fullmatch(r"data/weights/.*\.safetensors", name)}
    assert all(size < 10_000_000 for size in large.values())


def test_no_file_tells_whose_machine_it_came_from():
    private = re.compile(rb"(?<![\w./])/(?:home|root|Users|private|opt|mnt)/\w+|[A-Z]:\\\\?Users")
    # These two hold examples of what they look for.
    judges = {ROOT / "tests" / "notebooks" / "test_contract.py", ROOT / "clipit" / "course" / "contract.py"}
    text = [path for path in tracked() if path.suffix not in {".png", ".gif", ".safetensors"} and path not in judges]
    assert [str(path.relative_to(ROOT)) for path in text if private.search(path.read_bytes())] == []


def test_the_address_stands_in_one_place():
    address = PROJECT["urls"]["Repository"].removeprefix("https://")
    # Generated from that place, or read by tools that cannot ask Python.
    written = {"pyproject.toml", "CITATION.cff", "README.md"}
    others = [path for path in tracked() if path.suffix in {".py", ".md", ".yml", ".cff", ".toml"}]
    found = {str(path.relative_to(ROOT)) for path in others if address in path.read_text("utf-8")}
    assert found <= written
    for name in found:
        owners = re.findall(r"github\.com/([\w-]+/[\w-]+)", (ROOT / name).read_text("utf-8"))
        assert set(owners) == {address.removeprefix("github.com/")}


# Versions


def locked_by_uv() -> dict[str, list[str]]:
    lock = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))
    versions: dict[str, list[str]] = {}
    for package in lock["package"]:
        versions.setdefault(package["name"], []).append(package["version"])
    return versions


def locked_for_pip() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.lstrip().startswith("#")]
    return {requirement.name: str(requirement.specifier).removeprefix("==") for requirement in requirements}


def test_one_version_of_each_package_on_every_python():
    assert {name: versions for name, versions in locked_by_uv().items() if len(versions) > 1} == {}


def test_pip_installs_what_uv_installs():
    by_uv = locked_by_uv()
    assert {name: version for name, version in locked_for_pip().items() if by_uv[name] != [version]} == {}


def test_the_locks_hold_what_the_project_asks_for():
    extras = PROJECT["optional-dependencies"]
    by_uv, for_pip = locked_by_uv(), locked_for_pip()
    for line in [*PROJECT["dependencies"], *extras["course"], *extras["dev"]]:
        wanted = Requirement(line)
        assert for_pip[wanted.name] in wanted.specifier, f"run `make lock`: {wanted}"
    assert all(by_uv[Requirement(line).name][0] in Requirement(line).specifier for line in extras["parity"])


def test_every_requirement_has_a_tested_range():
    """But for the packages whose weights are read: another version could hold other numbers."""
    extras = PROJECT["optional-dependencies"]
    others = itertools.chain(*(lines for name, lines in extras.items() if name != "backbones"))
    for line in [*PROJECT["dependencies"], *others]:
        assert {specifier.operator for specifier in Requirement(line).specifier} == {">=", "<"}, line
    for line in extras["backbones"]:
        assert {specifier.operator for specifier in Requirement(line).specifier} == {"=="}, line


def test_pytorch_is_in_the_parity_extra_only():
    assert "torch" not in locked_for_pip()
    extras = PROJECT["optional-dependencies"]
    assert [name for name, lines in extras.items() if "torch" in {Requirement(line).name for line in lines}] == [
        "parity"
    ]


def test_locks_name_only_the_public_index():
    text = (ROOT / "uv.lock").read_text("utf-8") + (ROOT / "requirements.lock").read_text("utf-8")
    hosts = set(re.findall(r"\b\w+://([^/\"\s]+)", text))
    assert hosts <= {"pypi.org", "files.pythonhosted.org"}
    assert "file:" not in text


def test_conda_installs_what_pip_installs():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    python = next(line for line in conda["dependencies"] if str(line).startswith("python="))
    assert python.removeprefix("python=") in ("3.11", "3.12", "3.13")
    by_pip = conda["dependencies"][-1]["pip"]
    assert by_pip == ["-c requirements.lock", "-e .[course,dev]"]


def test_installed_is_what_is_locked():
    """In an environment that `make env` made; another one may have what it likes."""
    if not (ROOT / ".venv" / ".ready").exists() or not Path(sys.prefix).samefile(ROOT / ".venv"):
        pytest.skip("not the environment that make made")
    from importlib.metadata import PackageNotFoundError, version

    names = [Requirement(line).name for line in PROJECT["dependencies"]]
    for name in names:
        try:
            assert version(name) == locked_for_pip()[name]
        except PackageNotFoundError:
            pytest.fail(f"{name} is not installed")


def test_the_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == PROJECT["version"]
    assert citation["repository-code"] == PROJECT["urls"]["Repository"]
    assert f"## {PROJECT['version']}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


# Commands


def test_make_only_calls_what_there_is():
    """Each target calls a clipit command, so that a machine without make lacks nothing."""
    text = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", text, re.MULTILINE))
    assert {"env", "run", "test", "lab", "notebooks", "figures", "clean"} <= targets
    called = set(re.findall(r"\.venv/bin/clipit (\w+)", text))
    assert called == {"run", "check", "notebooks", "figures", "slides", "bundle"}


def test_ci_runs_the_same_as_everybody():
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "make test" in script and script.index("torch==") < script.rindex("make test")
    assert default_environment()["python_version"] in ("3.11", "3.12", "3.13")
