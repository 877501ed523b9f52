"""Why a class does not do what was asked: each message is one sentence for the person who asked."""

from normlab.errors import NormlabError


class Refusal(NormlabError):
    """What all of them are."""


class NoSuchClass(Refusal):
    """There is no class with this code."""


class ClassOver(Refusal):
    """It was ended, or its time is over."""


class NotYours(Refusal):
    """The secret or the token is not one of this class."""


class NotNow(Refusal):
    """The class is elsewhere: closed, revealed, at another question, in another round."""


class BadAnswer(Refusal):
    """The answer is none that the question can have."""


class BadQuestion(Refusal):
    """A class cannot ask this, or not reveal this."""


class Crowded(Refusal):
    """As many classes, or students, as the installation allows."""


class NotKept(Refusal):
    """Nothing can be kept: the disk is full or cannot be written, or the file is damaged."""


OVER = "This class is over."
GIVEN_BACK = "Your run went to somebody else while you were away: here is another one."
UNKNOWN = "No class has this code: compare it with the one on the wall."
