// Puts words in the place of each chart's name.

const CHARTS = "[data-testid=stMain] [aria-roledescription=visualization]"
const watches = new WeakMap()
const given = new WeakMap() // by chart: its name, and the words that took its place

export default function ({ data, parentElement }) {
  const tell = () => {
    for (const chart of document.querySelectorAll(CHARTS)) {
      const told = chart.getAttribute("aria-label")
      const known = given.get(chart)
      const name = told === known?.words ? known.name : told // else Vega has built another chart here
      const words = data[name]
      if (!words) continue
      given.set(chart, { name, words })
      if (told !== words) chart.setAttribute("aria-label", words)
    }
  }
  watches.get(parentElement)?.disconnect()
  const watch = new MutationObserver(tell) // a chart is built a while after its words have come
  watches.set(parentElement, watch)
  watch.observe(document.querySelector("[data-testid=stMain]"), {
    subtree: true,
    childList: true,
    attributeFilter: ["aria-label"],
  })
  tell()
  return () => watches.get(parentElement)?.disconnect()
}
