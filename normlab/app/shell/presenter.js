// A presenter's keys, wherever the focus is, but where one types.
//
// F switches to a projector's sizes and back. There Page Down and Page Up are offered to whatever has steps of its own,
// as the window's event "normlab-step" with {by: 1 or -1}: who takes it calls preventDefault(). What nobody takes leads
// to the next picture, or the one before; before the first one is the page's top.

const PICTURES = [
  "[class*=st-key-figure-]",
  ".st-key-race",
  ".st-key-lens",
  ".st-key-ruler",
  ".st-key-lesson-part-question",
  "[data-testid=stMain] :is(h2, h3)",
  "[data-testid=stDataFrame]",
].join()
const NEAR = 24 // pixels
const SCROLLS = 1_000 // ms in which a picture may still be on its way
let aim = { at: null, since: -Infinity }
const listeners = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  listeners.get(parentElement)?.abort()
  const end = new AbortController()
  listeners.set(parentElement, end)
  const onKey = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return
    if (event.key === "f" || event.key === "F") setTriggerValue("switched", true)
    else if (data.large && event.key in STEPS) step(STEPS[event.key])
    else return
    event.preventDefault()
  }
  addEventListener("keydown", onKey, { signal: end.signal })
  return () => end.abort()
}

const STEPS = { PageDown: 1, PageUp: -1 }

function isTyping(event) {
  const [target] = event.composedPath()
  return Boolean(target.closest?.("input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable=true]"))
}

function step(by) {
  const offered = new CustomEvent("normlab-step", { detail: { by }, cancelable: true })
  if (!dispatchEvent(offered)) return
  const covered = document.querySelector("[data-testid=stHeader]")?.getBoundingClientRect().bottom ?? 0
  const all = [...document.querySelectorAll(PICTURES)].filter((one) => one.checkVisibility() && !one.parentElement.closest(PICTURES))
  const tops = all.map((one) => one.getBoundingClientRect().top - covered)
  const seen = by > 0 ? tops.findIndex((top) => top > NEAR) : tops.findLastIndex((top) => top < -NEAR)
  const underWay = performance.now() - aim.since < SCROLLS ? all.indexOf(aim.at) : -1
  const at = underWay < 0 ? seen : underWay + by
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches
  if (at < 0 && by < 0) document.querySelector("[data-testid=stMain]").scrollTo({ top: 0, behavior: calm ? "auto" : "smooth" })
  if (!all[at]) return
  aim = { at: all[at], since: performance.now() }
  all[at].style.scrollMarginTop = `${covered + NEAR / 2}px`
  all[at].scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" })
}
