// Brings into view what a step of the tour speaks of, once a step, where the card lies upon it or it is out of sight.

const GAP = 16 // pixels under the page's header
const shown = new WeakMap()

export default function ({ data, parentElement }) {
  if (shown.get(parentElement) === data.part) return
  shown.set(parentElement, data.part)
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches
  const card = document.querySelector(".st-key-tour").getBoundingClientRect()
  const covered = document.querySelector("[data-testid=stHeader]")?.getBoundingClientRect().bottom ?? 0
  for (const marked of document.querySelectorAll(data.marks)) {
    const box = marked.getBoundingClientRect()
    if (!marked.checkVisibility() || box.right <= 0) continue // in a closed sidebar
    const beside = box.right < card.left || box.bottom < card.top
    if (box.top < covered || box.bottom > innerHeight || !beside) {
      marked.style.scrollMarginTop = `${covered + GAP}px`
      marked.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" })
    }
    return
  }
}
