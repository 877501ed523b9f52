"""What goes wrong for a reason that a person can mend: one base for all of it, whose message is one sentence."""


class NormlabError(Exception):
    """The message is one sentence: what is wrong, and how to mend it."""

    exit_code = 1
    """Of a command that it ends."""


class BadInput(NormlabError):
    """What was asked for cannot be: another wording helps, trying again does not."""

    exit_code = 2
