"""The worksheet's contents: sheets of (N, C, H, W) values, the study's two, text in and out, what a written number is.

Knows nothing of widgets. The arithmetic itself is `normmath`.
"""

from normlab.worksheet.answers import Answer, Statistic, Subset, check, name, parts, sentences, statistics
from normlab.worksheet.marking import Task, judge, praise, question
from normlab.worksheet.sheet import LIMITS, MOST, filled, resized, shape_problem
from normlab.worksheet.study import CREDIT, STUDY_GROUPS, SheetCheck, StudyLayer, checked, published, study_values
from normlab.worksheet.text import LONGEST_TEXT, SheetProblem, grid_csv, read_grid, read_value, steps_csv

__all__ = [
    "CREDIT",
    "LIMITS",
    "LONGEST_TEXT",
    "MOST",
    "STUDY_GROUPS",
    "Answer",
    "SheetCheck",
    "SheetProblem",
    "Statistic",
    "StudyLayer",
    "Subset",
    "Task",
    "check",
    "checked",
    "filled",
    "grid_csv",
    "judge",
    "name",
    "parts",
    "praise",
    "published",
    "question",
    "read_grid",
    "read_value",
    "resized",
    "sentences",
    "shape_problem",
    "statistics",
    "steps_csv",
    "study_values",
]
