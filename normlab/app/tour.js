// Brings into view what a step of the tour speaks of, once a step.

const shown = new WeakMap()

export default function ({ data, parentElement }) {
  if (shown.get(parentElement) === data.part) return
  shown.set(parentElement, data.part)
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches
  const marked = [...document.querySelectorAll(data.marks)].find(
    (element) => element.checkVisibility() && element.getBoundingClientRect().right > 0, // not in a closed sidebar
  )
  marked?.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "center" })
}
