"""The words that English rules are made of, each list once."""

from __future__ import annotations

FUNCTION_WORDS = frozenset(
    "a about according after all also although among an and another any are as at be because been before being between "
    "both but by can could did do does during each else even for from further had has have having he her here hers "
    "him his how however i if in indeed into is it its itself just like may me might more moreover most much must my of on "
    "one's only or other our over own same shall she should since so some such than that the their them then there "
    "therefore these they this those though through thus to too under until up upon us very via was we were what when "
    "where whereas whether which while who whom whose why will with within would yet you your".split()
)
"""Words that every text has. Negations are missing on purpose: they are content."""

ASKING_WORDS = frozenset(
    "am compare describe explain give kind many name out please said say sort summarise summarize tell thing told".split()
)
"""Words that say how something is asked and not what about, beside those."""

SAYING_HOW = frozenset(
    "actually again already always anyway basically currently else ever exactly finally generally instead maybe mostly never "
    "anything anyone everything happen happened happening happens nothing something someone "
    "often perhaps please possibly probably quickly quite rather really simply sometimes soon still usually yet".split()
)
"""Words that say how, how often or how surely something is so: that a text lacks one tells nobody what it lacks."""

COUNTED = frozenset(
    "people person persons everyone everybody anyone anybody someone somebody employee employees staff member members "
    "colleague colleagues worker workers thing things stuff kind kinds sort sorts type types number numbers amount amounts "
    "total average percent percentage euro euros dollar dollars times entry entries row rows column columns".split()
)
"""Words for whom or what one counts, whatever a text calls them: that it lacks such a word tells nobody what it lacks."""

DOCUMENT_WORDS = frozenset("article author document passage text".split())

NEGATIONS = frozenset("no not never none nobody nothing nowhere neither nor cannot without".split())
"""Beside these, what ends in "n't"."""

PRONOUNS = tuple("he him his she her hers it its they them their theirs".split())
"""Of somebody or something that was named."""

POINTING = tuple("this that these those".split())

DETERMINERS = frozenset("the a an my our your".split())

TIMES = frozenset("last next this each every per yesterday today tomorrow now".split())
"""What follows a thing and tells when."""

NUMBERS = tuple("zero one two three four five six seven eight nine ten eleven twelve".split())

WEEKDAYS = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())

PREPOSITIONS = frozenset(
    "about after against at before between by during for from in into of on over per since through to under until with "
    "without".split()
)

MONTHS = tuple("January February March April May June July August September October November December".split())

AUXILIARIES = tuple("is are was were has have had do does did can could will would should must may might".split())

QUESTION_WORDS = tuple("who whom whose what when where which why how".split())


def any_of(*words: str) -> str:
    """A pattern of any of the words, whole."""
    return rf"\b(?:{'|'.join(words)})\b"


UNSEARCHED_WORDS = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was "
    "will with".split()
)
"""Those by which nothing is searched: Lucene's few, since a search is the better for the others (``find_terms``)."""
