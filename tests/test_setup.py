"""The environment: the lists of packages agree, downloads are pinned by hash, no file names a registry or somebody's machine."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

from tests.conftest import LONG, ONE_AFTER_ANOTHER

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "requirements-lab.lock")
CONDA_NAMES = {"playwright": "playwright-python"}  # where conda-forge has another name for the package
ENTRY = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[\w.]+)(?: ; (?P<marker>[^\\\n]+?))? \\\n(?P<hashes>(?:    --hash=.*\n)*)", re.M)


def pyproject() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def bounds(lines) -> dict[str, str]:
    """Each requirement's bounds, by name."""
    requirements = [Requirement(line) for line in lines]
    return {canonicalize_name(r.name): str(r.specifier) for r in requirements}


def declared(*extras: str) -> dict[str, str]:
    """The bounds of the dependencies in pyproject.toml, with those of the extras."""
    project = pyproject()["project"]
    return bounds(project["dependencies"] + [line for extra in extras for line in project["optional-dependencies"][extra]])


def locked(lock: str) -> dict[str, list[tuple[str, str]]]:
    """The version and marker of each entry of a lock file, by name; a package may have one entry for each Python version."""
    entries: dict[str, list[tuple[str, str]]] = {}
    for entry in ENTRY.finditer((ROOT / lock).read_text(encoding="utf-8")):
        entries.setdefault(canonicalize_name(entry["name"]), []).append((entry["version"], entry["marker"] or ""))
    return entries


def project_files() -> list[Path]:
    """The files that are the project's, committed or about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("which files are the project's is known only in a git checkout with git installed")
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_conda_lists_the_same_packages_with_the_same_bounds():
    environment = YAML(typ="safe").load(ROOT / "environment.yml")
    by_conda = [line for line in environment["dependencies"] if isinstance(line, str)]
    by_pip = [line for part in environment["dependencies"] if isinstance(part, dict) for line in part["pip"]]
    expected = {CONDA_NAMES.get(name, name): bound for name, bound in declared(*pyproject()["project"]["optional-dependencies"]).items()}
    # conda writes python=3.11 with one equals sign; that and pip are the only lines that pyproject.toml does not have
    assert [line for line in by_conda if line in ("python=3.11", "pip")] == ["python=3.11", "pip"]
    assert bounds([line for line in by_conda if line not in ("python=3.11", "pip")] + by_pip) == expected
    assert environment["channels"] == ["conda-forge", "nodefaults"]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes_and_no_address(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = list(ENTRY.finditer(text))
    assert len(entries) == len(re.findall(r"^[^\s#]", text, re.M)) > 50, "a line of the lock file has another form"
    assert [entry["name"] for entry in entries if "--hash=sha256:" not in entry["hashes"]] == []
    assert "://" not in text and " @ " not in text


@pytest.mark.parametrize(("lock", "extra", "group"), [("requirements.lock", "test", "environment"), ("requirements-lab.lock", "lab", None)])
def test_locked_versions_satisfy_the_bounds(lock, extra, group):
    wanted = declared(extra) | bounds(pyproject()["dependency-groups"][group] if group else [])
    have = locked(lock)
    assert sorted(set(wanted) - set(have)) == [], "make lock"
    outside = [f"{name}=={version}" for name, bound in wanted.items() for version, _ in have[name]
               if not Requirement(name + bound).specifier.contains(version)]
    assert outside == [], "make lock"


def test_the_two_lock_files_agree():
    base, lab = locked("requirements.lock"), locked("requirements-lab.lock")
    shared = base.keys() & lab.keys()
    assert {name: {version for version, _ in lab[name]} for name in shared} == \
        {name: {version for version, _ in base[name]} for name in shared}


def test_what_builds_the_project_is_locked_too():
    assert bounds(pyproject()["build-system"]["requires"]).items() <= bounds(pyproject()["dependency-groups"]["environment"]).items()


def test_every_imported_package_is_declared():
    """A package that is only here because another one brought it may be gone tomorrow."""
    distributions = packages_distributions()
    undeclared = []
    for folder, allowed in (("helpers", declared()), ("tests", declared("test")), ("tools", declared())):
        own = {"cyclebook", folder} | {path.stem for path in (ROOT / folder).glob("*.py")}
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else \
                    [node.module] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
                for module in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - own:
                    owners = {canonicalize_name(name) for name in distributions.get(module, [module])}
                    if owners.isdisjoint(allowed):
                        undeclared.append(f"{path.relative_to(ROOT).as_posix()}: {module}")
    assert undeclared == []


def test_every_data_file_of_the_package_is_packaged():
    patterns = [pattern.removeprefix("**/") for pattern in pyproject()["tool"]["setuptools"]["package-data"]["cyclebook"]]
    package = ROOT / "helpers" / "cyclebook"
    left_out = [path.relative_to(package).as_posix() for path in package.rglob("*")
                if path.is_file() and path.suffix not in (".py", ".pyc") and not any(fnmatch(path.name, p) for p in patterns)]
    assert left_out == []


def test_no_file_names_a_registry_or_a_machine():
    hosts = ["pypi." + "org", "python" + "hosted", "debian." + "org/debian", "deb.debian." + "org", "registry.npm" + "js",
             "conda.ana" + "conda", "repo.ana" + "conda"]
    places = [rb"(?<![\w.~-])/" + name + rb"/" for name in (rb"work", rb"root", rb"home/\w+")]
    forbidden = re.compile(b"|".join([re.escape(host).encode() for host in hosts] + places))
    found = [f"{path.relative_to(ROOT).as_posix()}: {match.group().decode()}"
             for path in project_files() for match in forbidden.finditer(path.read_bytes())]
    assert found == []


def test_no_lock_file_of_another_form():
    assert [path.name for path in project_files() if path.name == "uv.lock" or fnmatch(path.name, "pylock*.toml")] == []


def test_files_that_must_not_run_at_the_same_time_are_named():
    files = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("test_*.py")}
    assert {*LONG, *ONE_AFTER_ANOTHER} <= files.keys()
    here = [name for name, text in files.items() if re.search(r'"run",\s*"--district",\s*project_root,', text)]
    assert sorted(here) == sorted(ONE_AFTER_ANOTHER)


def test_continuous_integration_runs_make_test_and_nothing_else():
    lines = [line for line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    assert lines == ["set -euo pipefail", 'cd "$(dirname "${BASH_SOURCE[0]}")/.."', "exec make test"]


# ---- the browser's installation, with stand-ins for the system's programs

@pytest.fixture
def machine(tmp_path):
    """A function that runs tools/install_browser.sh on a machine that has only the programs given, as name and shell text."""
    if os.name == "nt":
        pytest.skip("a shell script, used by make only; not on Windows")

    def run(programs: dict[str, str], **variables: str) -> subprocess.CompletedProcess:
        for name, text in programs.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
            (tmp_path / name).chmod(0o755)
        return subprocess.run(["/bin/sh", str(ROOT / "tools" / "install_browser.sh")], capture_output=True, text=True,
                              env={"PATH": str(tmp_path), "HERE": str(tmp_path)} | variables)

    return run


ROOT_USER, PERSON = "echo 0", "echo 1000"
APT = '[ "$2" = update ] || { echo "apt-get $*"; printf "#!/bin/sh\\n" > "$HERE/chromium"; /bin/chmod +x "$HERE/chromium"; }'


def test_a_browser_that_is_there_is_used(machine, tmp_path):
    result = machine({"google-chrome": "", "apt-get": "exit 9"})
    assert (result.returncode, result.stdout) == (0, f"Browser for the tests: {tmp_path}/google-chrome\n")


def test_the_browser_that_is_named_is_used(machine, tmp_path):
    result = machine({"chromium": "", "mine": ""}, CYCLEBOOK_CHROMIUM=str(tmp_path / "mine"))
    assert (result.returncode, result.stdout) == (0, f"Browser for the tests: {tmp_path}/mine\n")


def test_a_named_browser_that_is_not_there_is_an_error(machine):
    result = machine({"chromium": ""}, CYCLEBOOK_CHROMIUM="/nowhere/chrome")
    assert result.returncode == 1 and "CYCLEBOOK_CHROMIUM is set to /nowhere/chrome" in result.stderr


@pytest.mark.parametrize("user", [{"id": ROOT_USER}, {"id": PERSON, "sudo": 'shift; exec "$@"'}], ids=["root", "sudo"])
def test_a_missing_browser_is_installed(machine, tmp_path, user):
    result = machine({"apt-get": APT, "true": ""} | user)
    assert result.returncode == 0, result.stderr
    assert "install --yes" in result.stdout and result.stdout.endswith(f"Browser for the tests: {tmp_path}/chromium\n")


@pytest.mark.parametrize(("programs", "reason"), [
    ({"id": ROOT_USER}, "there is no apt-get"),
    ({"id": PERSON, "apt-get": APT, "sudo": "exit 1"}, "only root can install one"),
    ({"id": ROOT_USER, "apt-get": "exit 100"}, "apt-get could not install chromium"),
], ids=["no apt-get", "not root", "apt-get fails"])
def test_where_no_browser_can_be_installed_the_remedy_is_told(machine, programs, reason):
    result = machine(programs)
    assert result.returncode == 1
    assert reason in result.stderr and "apt-get install chromium" in result.stderr
