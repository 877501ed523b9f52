"""Networks under stress, asked outside the process that runs a page: who is answered next, the process that computes
(one question at a time, in numpy), and the answers that all visitors share.
"""

from normlab.answering.desk import NOBODY, Answer, Question, Refusal
from normlab.answering.service import Service

__all__ = ["NOBODY", "Answer", "Question", "Refusal", "Service"]
