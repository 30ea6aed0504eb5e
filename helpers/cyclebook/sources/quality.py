"""What can be seen in the answers of one response: runs of one answer, little spread, an unusual pattern, little time.

None of it says why someone answered so, and none of it is a reason to drop a response in silence: what is seen is flagged,
and results are given with and without it. Pure functions of plain frames: a row for each respondent, a column for each
question in the order in which they were asked.

Sources: Curran (2016), Methods for the detection of carelessly invalid responses in survey data, *J. Exp. Soc. Psych.* 66;
Meade & Craig (2012), Identifying careless responses in survey data, *Psychological Methods* 17.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

#: Answers alike are told of from so many questions up: under it a clear opinion looks the same (Curran 2016 warns of short scales).
FEWEST_ITEMS = 8
#: Where no question is worded the other way round, only a run of this many, over at least half of what was answered, is told of.
#: Curran (2016): a run of half of all questions or more; the number keeps short surveys out.
LONG_RUN = 20
LONG_SHARE = 0.5
#: Seconds a question: faster, and it can hardly have been read (Huang et al. 2012, *J. Business and Psychology* 27; Wood et al. 2017,
#: *Social Psychological and Personality Science* 8).
LEAST_SECONDS = 2.0


def longest_string(answers: pd.DataFrame) -> pd.Series:
    """The longest run of identical answers to consecutive questions, for each respondent (int64; 0 where nothing was answered).

    answers: numbers or text, respondents by questions. A question without an answer (missing, or empty text) ends a run and is
    no part of one, as in R's careless::longstring. Source: Johnson (2005), *J. Research in Personality* 39, 103-129.
    """
    values = answers.to_numpy()
    codes, _ = pd.factorize((values if values.dtype.kind in "fiu" else answers.where(answers != "").to_numpy(dtype=object)).ravel())
    codes = codes.reshape(answers.shape)
    run = best = np.zeros(len(answers), dtype="int64")
    before = np.full(len(answers), -1)
    for place in range(answers.shape[1]):
        here = codes[:, place]
        run = np.where(here < 0, 0, np.where(here == before, run + 1, 1))
        best, before = np.maximum(best, run), here
    return pd.Series(best, index=answers.index, name="longest_string")


def intra_individual_variability(answers: pd.DataFrame) -> pd.Series:
    """IRV: the standard deviation (n - 1) of each respondent's own answers (float64; NaN under two answers).

    answers: numbers, respondents by questions, not reversed; missing ones are left out. Low: the same answer again and again.
    Source: Dunn, Heggestad, Shanock & Theilgard (2018), *J. Business and Psychology* 33, 105-121.
    """
    return answers.astype("float64").std(axis=1, ddof=1).rename("irv")


def mahalanobis(answers: pd.DataFrame, confidence: float = 0.99) -> pd.DataFrame:
    """How far each respondent's answers lie from all others': squared distance, and whether beyond the chi-squared quantile.

    answers: numbers, respondents by questions. Gives `distance` (float64, squared, without unit; NaN for a respondent who left
    a question out: mean and covariance are those of complete responses) and `flagged` (bool), beyond the `confidence` quantile with as
    many degrees of freedom as questions that carry information (the covariance's rank). Source: Mahalanobis (1936); as a sign
    of inattention Meade & Craig (2012). An unusual answer is not a wrong one: of honest answers 1 - confidence are flagged,
    and more where they are skewed. Raises ValueError with no more complete responses than questions.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}: give a share between 0 and 1, for example 0.99")
    from scipy.special import chdtri

    values = answers.to_numpy(dtype="float64")
    complete = ~np.isnan(values).any(axis=1)
    if complete.sum() <= values.shape[1]:
        raise ValueError(f"{complete.sum()} complete responses to {values.shape[1]} questions: more responses than questions are needed")
    centred = values[complete] - values[complete].mean(axis=0)
    covariance = np.atleast_2d(np.cov(values[complete], rowvar=False))
    distance = np.full(len(values), np.nan)
    distance[complete] = np.einsum("ij,jk,ik->i", centred, np.linalg.pinv(covariance, hermitian=True), centred)
    limit = chdtri(np.linalg.matrix_rank(covariance, hermitian=True), 1 - confidence)
    return pd.DataFrame({"distance": distance, "flagged": distance > limit}, index=answers.index)


def alike(answers: pd.DataFrame, reverse: pd.Series) -> pd.Series:
    """Who answered questions that cannot all be meant alike with one and the same answer (bool for each respondent).

    answers: numbers as given, before reversing, respondents by questions in the order asked. reverse: for each question
    (index as the columns) whether it is worded the other way round. Told of are

    - the same answer to all questions that were answered, at least FEWEST_ITEMS, worded either way among them;
    - a run of at least LONG_RUN of one answer that covers LONG_SHARE of what was answered, however the questions are worded.

    So a short scale answered alike is not told of, nor a longer one whose questions all point one way. Source of the idea:
    Curran (2016), with his advice to set such limits so that hardly any attentive respondent is caught.
    """
    values = answers.to_numpy(dtype="float64")
    given = ~np.isnan(values)
    count = given.sum(axis=1)
    other_way = reverse.reindex(answers.columns).to_numpy(dtype=bool)
    both = (given & other_way).any(axis=1) & (given & ~other_way).any(axis=1)
    top = np.where(given, values, -np.inf).max(axis=1, initial=-np.inf)
    bottom = np.where(given, values, np.inf).min(axis=1, initial=np.inf)
    run = longest_string(answers).to_numpy()
    found = ((top == bottom) & (count >= FEWEST_ITEMS) & both) | ((run >= LONG_RUN) & (run >= LONG_SHARE * count))
    return pd.Series(found, index=answers.index, name="alike")


def speeding(seconds: pd.Series, answered: pd.Series, least: float = LEAST_SECONDS) -> pd.DataFrame:
    """How fast each respondent answered, and whether faster than the questions can be read.

    seconds: time taken, NaN where not known. answered: number of questions answered. Gives `per_item` (seconds a question;
    NaN where the time is not known or nothing was answered), `relative` (that over the median of all respondents: 0.5 is
    twice as fast as the middle one) and `fast` (bool): `per_item` below `least`. The median is for comparison only; it flags no one,
    because someone is always the fastest. Sources: Huang, Curran, Keeney, Poposki & DeShon (2012); Wood, Harms, Lowman & DeSimone (2017).
    """
    per_item = seconds.astype("float64") / answered.where(answered > 0)
    return pd.DataFrame({"per_item": per_item, "relative": per_item / per_item.median(), "fast": per_item < least})
