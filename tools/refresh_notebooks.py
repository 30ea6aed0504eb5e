"""Store each notebook's outputs for the demo school: ``python tools/refresh_notebooks.py`` (make notebooks).

The same bytes come out for the same inputs. Look at the difference before you commit it: it is what the tests will demand.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import nbformat
import papermill

from cyclebook.batch.worker import clean

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    for file in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        with tempfile.TemporaryDirectory() as folder:
            executed = papermill.execute_notebook(
                str(file), str(Path(folder) / "out.ipynb"), cwd=str(ROOT / "notebooks"), kernel_name="python3"
            )
        nbformat.write(clean(executed), file)


if __name__ == "__main__":
    main()
