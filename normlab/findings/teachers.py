"""What docs/teachers.md says a class can count on, from the lesson's runs that ship."""

from normlab.findings.document import means
from normlab.findings.markdown import flowing
from normlab.findings.results import Results
from normlab.study.grids import LESSON


def section(results: Results) -> str:
    """The table with its heading, without its marks."""
    strengths = LESSON.fixed
    head = (
        "What you can count on, from the runs that ship on `digits`: test accuracy in %, mean ± standard deviation "
        f"of seeds {', '.join(map(str, LESSON.seeds))}, dropout 0.05, L1 {strengths.l1:g}, L2 {strengths.l2:g}. Of the "
        "arms without a penalty the page has more seeds, and so other means:"
    )
    return flowing(f"{head}\n\n{means(LESSON, results)}")
