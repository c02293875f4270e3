/** What the agents of the harness say: all that markdown has, in one go. */

export const ANSWER = `The file has **1,204 rows** from January to October: one line per region and month.

1. *North* grew most, by **31 %**, nearly all of it since June.
2. *West* is flat; its price changed twice, see \`price_history\`.
3. *South* lost 4 %.

> A caution: October has only 19 days of data.

More about the method is in [the handbook](https://example.org/handbook). Next I could:

- draw the trend by region,
- or check whether the price explains it.`;

export const TABLE = `Here it is:

| Region | January | October | Growth |
|:-------|--------:|--------:|-------:|
| North  |  41,200 |  53,970 |  +31 % |
| West   |  38,850 |  39,010 |   +0 % |
| South  |  27,300 |  26,210 |   −4 % |
| East   |  19,740 |  22,500 |  +14 % |

Sorted by January's revenue.`;

export const CODE = `A small script does it:

\`\`\`python
import pandas as pd

def growth(path: str, by: str = "region") -> pd.DataFrame:
    """Return the growth from the first month to the last, largest first."""
    table = pd.read_csv(path, parse_dates=["month"])
    totals = table.groupby([by, pd.Grouper(key="month", freq="MS")])["revenue"].sum().unstack(level=0)
    change = totals.iloc[-1] / totals.iloc[0] - 1  # the first and the last month of the whole file, for every region
    return change.sort_values(ascending=False).to_frame("growth")

growth("sales.csv")
\`\`\`

Run it with \`python growth.py\`, or inline \`growth("sales.csv")\`.

\`\`\`
region   growth
North      0.31
East       0.14
\`\`\``;

export const LONG = `A paragraph of some length, so that the conversation has to scroll: every turn has its own few lines, and none of them matters much.

- one thing
- another thing`;
