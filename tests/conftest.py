"""What every test may ask for: the project's folder, the shared real data, the browser; and which files run one after another."""

import os
import shutil
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]

# Absolute and exported: the programs and kernels that tests start run in other folders.
SHARED = (ROOT / os.environ.get("CYCLEBOOK_SHARED", "../shared")).resolve()
os.environ["CYCLEBOOK_SHARED"] = str(SHARED)

# The same examples in every run of the continuous integration, new ones on a developer's machine; never a judgement of speed.
hypothesis.settings.register_profile(
    "cyclebook", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("cyclebook")

#: Files with whole runs in them, the longest first: begun early, they leave no worker idle at the end.
LONG = (
    "test_real_districts.py", "test_batch.py", "test_demo_reports.py", "test_handing_out.py", "test_approval.py", "test_breakdowns.py",
    "test_canaries.py", "test_init_from.py", "test_talis_italy.py", "test_nonresponse.py", "test_releases.py", "test_privacy_plan.py",
)  # fmt: skip
#: Files that run the demo district in its own folder, where a second run at the same time is refused: one worker has them all.
ONE_AFTER_ANOTHER = ("test_demo_reports.py", "test_audit_of_reports.py")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Of `make test`, which runs several files at a time: the tests of a file stay together, so that what a module made is made once."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return ONE_AFTER_ANOTHER[0] if Path(file).name in ONE_AFTER_ANOTHER else file

    return Scheduling(config, log) if config.option.dist == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, the others as they were."""
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The folder of the project, which is the demo district's folder too."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and published cases, which is not part of the project."""
    if not SHARED.is_dir():
        pytest.skip(f"no shared data: there is no folder {SHARED}; set CYCLEBOOK_SHARED to where it is")
    return SHARED


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program file. Without a browser the tests fail: nobody has looked at the pages then."""
    names = [os.environ["CYCLEBOOK_CHROMIUM"]] if os.environ.get("CYCLEBOOK_CHROMIUM") else ["chromium", "chromium-browser", "google-chrome"]
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.fail(f"no browser: {', '.join(names)} not found. `make test` installs Debian's chromium; elsewhere install "
                    "Chromium or Chrome and set CYCLEBOOK_CHROMIUM to its program file.", pytrace=False)
    return found
