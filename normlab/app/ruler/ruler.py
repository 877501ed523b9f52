"""The ruler on the page: a component that moves by itself and asks the server for nothing."""

from collections.abc import Callable, Mapping

from normlab.app.ruler.picture import Picture, data
from normlab.app.shell.component import component, heard

_component = component(
    __file__,
    """<div class="ruler"><div class="frame">
  <div class="head">
    <span class="title"></span>
    <span class="channels"><button type="button" class="back">‹</button><span class="channel"></span
      ><button type="button" class="next">›</button></span>
    <span class="norms" role="radiogroup"></span>
    <span class="makers" role="radiogroup"></span>
  </div>
  <div class="stage">
    <svg class="drawing" aria-hidden="true"></svg>
    <div class="samples" role="listbox" tabindex="0"></div>
  </div>
  <div class="controls">
    <button type="button" class="play"><span></span></button>
    <div class="steps" role="radiogroup"></div>
  </div>
  <div class="words">
    <span class="said" role="status"></span><span class="whose"></span><span class="reckoned" role="status"></span>
  </div>
  <div class="blocks" role="group"></div>
  <div class="facts"></div>
</div></div>""",
)


def draw(picture: Picture, key: str, on_choice: Callable[[Mapping[str, object]], None] | None = None) -> None:
    """One element, always. `on_choice` is called with {"block": key}, {"channel": place} or {"norm": place} where the
    reader asks for another one; makers, steps and samples are the browser's own.
    """
    _component(
        key=key,
        data=data(picture),
        on_chosen_change=heard(key, "chosen", on_choice or (lambda choice: None)),
    )
