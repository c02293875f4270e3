"""Sentences for `prose.py`; TOPIC stands for what is written about.

Its one law: each is plain markdown and true of anything.  The number of sentences in a bank is a
prime, so that any stride through it meets them all.
"""

from __future__ import annotations

__all__ = [
    "ACTS",
    "ASK",
    "ASPECTS",
    "CLOSE",
    "CODE_LEADS",
    "DOUBT",
    "EARLY",
    "FIRST",
    "FORMULAS",
    "HEADINGS",
    "ITEMS",
    "LATE",
    "LIST_LEADS",
    "MATH_LEADS",
    "MIDDLE",
    "OPEN",
    "PROGRAMS",
    "SETTLE",
    "TURN",
]

OPEN = (
    "The first thing one notices about TOPIC is how ordinary it looks from a distance.",
    "Most people meet TOPIC by accident, and form an opinion before they have a question.",
    "There is a quiet way and a loud way to talk about TOPIC, and the quiet one lasts longer.",
    "Ask three people about TOPIC and you will hear four stories, all of them partly true.",
    "Nobody begins with TOPIC as a whole; one begins with a detail that will not go away.",
    "It helps to start small with TOPIC, with something that fits on a kitchen table.",
    "Long before anyone wrote about TOPIC, somebody had to care about it.",
    "Seen up close, TOPIC is less a single thing than a habit of many small things.",
    "Some subjects shrink when they are studied; TOPIC is not one of them.",
    "A good hour with TOPIC teaches more than a week of reading around it.",
    "Every account of TOPIC leaves something out, and this one is no exception.",
    "If TOPIC had a motto, it would be that patience is a kind of speed.",
    "The easiest mistake with TOPIC is to believe that it stands still.",
)
MIDDLE = (
    "What matters is rarely what shines, but what still works on a wet Thursday in November.",
    "Small differences at the start grow into large ones, simply because nobody corrects them.",
    "A beginner counts the parts, while somebody with practice listens to how they fit together.",
    "Rules of thumb are useful here, as long as one remembers whose thumb it was.",
    "The names change from place to place, yet the gestures stay surprisingly alike.",
    "One can measure a great deal of it, and the rest has to be looked at with care.",
    "Much of the work happens between the steps, where no manual has a page.",
    "It rewards those who come back, because the second look is never the same as the first.",
    "Exceptions are not a nuisance here; they show where the simple picture ends.",
    "Things that seem to compete often turn out to hold each other up.",
    "There is always a cheaper way, and it is worth asking who pays the difference.",
    "The tools are older than they look, and the ideas are younger than they sound.",
    "Whoever explains it well usually begins with an example and ends with a question.",
    "A pause at the right moment saves more than any amount of hurry.",
    "Light, weather and mood play a larger part than the handbooks admit.",
    "What is written down survives, but what is shown by hand is understood.",
    "Most errors are honest ones, made by people who knew a neighbouring thing very well.",
)
TURN = (
    "And yet the opposite can be true as well.",
    "That is only half of the picture.",
    "Of course, practice has its own opinion about this.",
    "Still, a single counter-example is enough to make one careful.",
    "This sounds simple, and on a good day it is.",
    "The interesting part comes a little later.",
    "Seen over a whole year, the order is almost reversed.",
)
CLOSE = (
    "So it pays to keep a notebook, and to date the pages.",
    "In the end one learns to ask for less and to look for longer.",
    "What remains is a small set of questions that are worth keeping.",
    "That is not a conclusion, but it is a good place to rest.",
    "A careful observer leaves it a little better described than before.",
    "Whoever has seen this once will recognise it again in unexpected places.",
    "From here on, the details begin to explain each other.",
    "The rest is practice, and practice is mostly a matter of showing up.",
    "It is enough to be roughly right early, and to stay correctable.",
    "None of this is urgent, which is exactly why it is pleasant to do.",
    "Once that is clear, the remaining steps almost choose themselves.",
)
ASK = (
    "What is really being asked about TOPIC? Probably not a definition, but a way in.",
    "Let me take TOPIC apart first, and see which part carries the weight.",
    "TOPIC. I could begin with its history or with an example; an example is kinder.",
)
FIRST = (
    "First I look for something that everybody agrees on, because that is where one can stand.",
    "The usual explanation is tidy, so I want to find the corner that it sweeps the dust into.",
    "If I had to explain it to a child, I would draw it, and the drawing would have three parts.",
)
DOUBT = (
    "But is that true in general, or only in the cases that people like to tell?",
    "A fair objection would be that this holds only as long as nothing changes.",
    "I might be mistaking what is common for what is important.",
)
SETTLE = (
    "Good enough: say the simple thing first, and name the exception beside it.",
    "I will keep the answer short and leave one question open, on purpose.",
    "Then the honest answer is a direction rather than a destination.",
)
HEADINGS = (
    "Where it begins",
    "What one sees first",
    "The parts and how they fit",
    "A closer look",
    "What changes with time",
    "Common mistakes",
    "In practice",
    "What the numbers say",
    "Odd cases",
    "A matter of taste",
    "Tools and habits",
    "What to try next",
    "Looking back",
)
LIST_LEADS = (
    "A few things are worth having at hand:",
    "Four observations, in no strict order:",
    "What people mention when they are asked twice:",
)
ITEMS = (
    "**Time**, more than one expects and less than one fears",
    "**A place** that may stay untidy until tomorrow",
    "**Somebody to ask**, best a person who also answers *I do not know*",
    "**One example** that is looked at until it is dull",
    "**A plain word** for each part, and only one",
    "**Notes**, short enough to be read again",
    "**A limit**, set beforehand, and kept",
    "**Good light**, or whatever stands in its place",
    "**A friend** who asks the obvious",
    "**An old edition**, for what the new one forgot",
    "**The courage** to throw away a first attempt",
)
ACTS = (
    "Pick the smallest case that still deserves the name.",
    "Describe it in two sentences, without adjectives.",
    "Change one thing, and only one, and look again.",
    "Write down what surprised you, before you explain it.",
    "Ask somebody else to repeat it from your notes.",
    "Sleep on it; the second morning is the better judge.",
    "Leave out what nobody missed.",
)
ASPECTS = (
    "the pace",
    "the cost",
    "the material",
    "the company",
    "the noise",
    "the result",
    "the plan",
)
EARLY = (
    "uneven",
    "underestimated",
    "whatever is there",
    "mostly oneself",
    "a surprise",
    "too much",
    "in the head",
)
LATE = (
    "calm",
    "known",
    "chosen with care",
    "a few good people",
    "part of it",
    "just enough",
    "on one page",
)
CODE_LEADS = (
    "The idea fits into a few lines of Python:",
    "Written as a program, it is almost too short:",
    "A sketch that one can run and change:",
)
PROGRAMS = (
    "def left_over(start: float, days: int) -> list[float]:\n"
    "    return [start * 0.9**day for day in range(days)]\n\n\nprint(left_over(100, 5))",
    "notes: dict[str, list[str]] = {}\n\nfor word, remark in observations:\n"
    "    notes.setdefault(word, []).append(remark)\n\n"
    "for word, remarks in sorted(notes.items()):\n    print(word, len(remarks))",
    "from itertools import pairwise\n\n\ndef changes(values: list[int]) -> list[int]:\n"
    "    return [after - before for before, after in pairwise(values)]",
)
MATH_LEADS = (
    "Whoever likes formulas can say the same in one line. With $n$ days and a share $p$ kept"
    " on each, what remains is",
    "A rough estimate is enough. If each of $n$ looks is wrong with chance $p$, the chance that one"
    " of them is right is",
    "The average hides the spread, so it is worth writing both down:",
)
FORMULAS = (
    "$$r_n = r_0 \\, p^n, \\qquad 0 < p < 1.$$",
    "$$P = 1 - p^n, \\qquad n \\ge 1.$$",
    "$$\\bar x = \\frac{1}{n} \\sum_{i=1}^{n} x_i,"
    " \\qquad s^2 = \\frac{1}{n-1} \\sum_{i=1}^{n} (x_i - \\bar x)^2.$$",
)
