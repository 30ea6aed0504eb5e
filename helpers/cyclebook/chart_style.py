"""The house style of figures: narrow enough for a phone, legible on paper, safe for colour-blind readers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 4.2  #: inches; at DPI this is 840 pixels, sharp on a phone and not too large on a desk
DPI = 200

#: Okabe and Ito (2008), Color Universal Design; each is also told apart by its marker or its place.
SCHOOL = "#0072B2"
DISTRICT = "#D55E00"
PLAIN = "#56B4E9"
NEUTRAL = "#8A8A8A"
INK = "#222222"

SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": NEUTRAL,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
}


@contextmanager
def style() -> Iterator[None]:
    """The house style for what is drawn inside, whatever the reader's own matplotlib settings are."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


def panels(count: int, height: float, head: float) -> tuple[Figure, list[Axes]]:
    """A figure of the house width with ``count`` panels below each other; it belongs to no window.

    height: inches of each panel; head: inches above and below them all.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height * count + head), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(figure.subplots(count, 1, squeeze=False)[:, 0])


def legend(figure: Figure, handles: Sequence[Artist], **look) -> None:
    """The legend of all panels, above them and without an edge. look: what matplotlib's ``Figure.legend`` takes besides."""
    figure.legend(handles=handles, loc="outside upper left", borderpad=0, **look)


def png(figure: Figure) -> bytes:
    """The figure as PNG bytes: the same bytes for the same figure (no date, no name of a program)."""
    from io import BytesIO

    out = BytesIO()
    with style():
        figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
    return out.getvalue()
