"""Tables of means that say how well each is known."""

import math
from collections.abc import Sequence

import pandas as pd

from modpack._checks import require
from modpack.measures.statistics import Interval, summary


def written(found: Interval, digits: int = 2) -> str:
    """Return an interval as a text: mean, 95 % interval in brackets, and of how many values.

    A mean of too few values for an interval stands without one.

    Raises
    ------
    ValueError
        For a negative number of digits.
    """
    require(digits >= 0, "digits", digits, "0 or more")
    mean, low, high = (f"{round(value, digits) + 0:.{digits}f}" for value in found[:3])
    ends = f" [{low}, {high}]" if math.isfinite(found.low) else ""
    return f"{mean}{ends}, {found.n}"


def table_of_means(
    rows: pd.DataFrame, index: Sequence[str], columns: str, unit: str = "seed", digits: int = 2
) -> pd.DataFrame:
    """Return the means of groups of rows over their units, as `written`.

    Parameters
    ----------
    rows : DataFrame
        One row for each measured number, as for :func:`modpack.measures.statistics.summary`.
    index : sequence of str
        Columns whose values name the rows of the table.
    columns : str
        Column whose values name its columns.
    unit : str
        Column that names what was drawn independently.
    digits : int
        After the decimal point.

    Raises
    ------
    ValueError
        For a column that is not there, or a negative number of digits.
    """
    found = summary(rows, [*index, columns], unit)
    columns_of = (found[name] for name in Interval._fields)
    texts = [written(Interval(*each), digits) for each in zip(*columns_of, strict=True)]
    keys = pd.MultiIndex.from_frame(found[[*index, columns]])
    return pd.Series(texts, keys).unstack(columns, fill_value="", sort=False)
