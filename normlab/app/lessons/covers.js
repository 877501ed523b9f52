// Covers of lessons, each a link: a picture that tells nothing of the answer, the title, the time, what one needs.
//
// A plain click is told to the page; the link is for all else that one does with links.

const covers = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  if (!covers.has(parentElement)) covers.set(parentElement, newCovers(parentElement))
  const shown = covers.get(parentElement)
  shown.open = (key) => setTriggerValue("opened", key)
  if (shown.told !== JSON.stringify(data)) {
    shown.told = JSON.stringify(data)
    shown.root.replaceChildren(...data.covers.map((cover) => coverOf(cover, data)))
    shown.root.classList.toggle("ordered", data.isOrdered)
  }
  return () => {
    shown.end.abort()
    covers.delete(parentElement)
  }
}

function newCovers(parent) {
  const root = parent.querySelector(".covers")
  const shown = { root, end: new AbortController(), told: "" }
  root.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest("a[data-key]")
      if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
      event.preventDefault()
      shown.open(link.dataset.key)
    },
    { signal: shown.end.signal },
  )
  return shown
}

function coverOf(cover, { words }) {
  const item = element("li", cover.key ? "" : "plain")
  const title = element("span", "title", {}, cover.title)
  const facts = element("span", "facts", {}, cover.minutes)
  if (words[cover.state]) facts.append(element("span", `state ${cover.state}`, {}, words[cover.state]))
  const asks = element("span", "asks")
  asks.innerHTML = cover.asks // the server writes it: safe HTML
  const about = element("span", "about", {}, title, asks, facts)
  if (!cover.href) {
    item.append(element("div", "card", {}, about))
    return item
  }
  const link = element("a", cover.mark ? "card marked" : "card", { href: cover.href, target: "_self" })
  if (cover.key) link.dataset.key = cover.key
  if (cover.mark) link.append(element("span", "mark", {}, cover.mark))
  if (cover.picture) link.append(thumbnail(cover.picture))
  link.append(about)
  item.append(link)
  return item
}

function thumbnail({ isColumns, colors, image }) {
  if (image) return element("img", "thumb", { src: image, alt: "" })
  const svg = make("svg", "thumb", { viewBox: "0 0 240 110", "aria-hidden": "true" })
  const [left, right, top, bottom] = [14, 226, 10, 98]
  svg.append(make("line", "floor", { x1: left, x2: right, y1: bottom, y2: bottom }))
  svg.append(make("line", "floor", { x1: left, x2: left, y1: top, y2: bottom }))
  const [wide, high] = [(right - left) / colors.length, (bottom - top) / colors.length]
  const r = isColumns ? Math.min(13, wide / 2 - 2) : 12
  colors.forEach((color, at) => {
    const [x, y] = [left + wide * (at + 0.5), isColumns ? (top + bottom) / 2 : top + high * (at + 0.5)]
    const line = isColumns ? { x1: x, x2: x, y1: bottom - 4, y2: top + 4 } : { x1: left + 8, x2: right - 8, y1: y, y2: y }
    const mark = written("?", "", x, y)
    svg.append(colored(make("g", "unknown", {}), color))
    svg.lastChild.append(make("line", "", line), make("circle", "", { cx: x, cy: y, r }), mark)
  })
  return svg
}
