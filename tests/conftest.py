"""What every test may ask for: the project's folder, the shared real data, the browser."""

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
hypothesis.settings.register_profile("cyclebook", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("cyclebook")


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
