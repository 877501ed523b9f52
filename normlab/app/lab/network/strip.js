// The network as a row: blocks are buttons with their norms, dropout and two small lines.
//
// The row is built once; while a run trains only points and words of it change, so that focus and pointer stay.

const SVG = "http://www.w3.org/2000/svg"
const WAIT = 15_000
const GAP = 16 // pixels under the page's header
const SEEN = 5 // looks in a row that find it in its place, or not moving: no scrolling brings it nearer
const strips = new WeakMap()
let scrolling = new AbortController()

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".network")
  const frame = root.parentElement
  const strip = strips.get(parentElement) ?? { layout: "", stages: [], watch: watched(root, frame) }
  strips.set(parentElement, strip)
  strip.open = (block) => {
    setTriggerValue("opened", block)
    bringIntoView(data.target)
  }
  const looks = data.stages.map(({ name, chips, lines }) => [name, chips, lines.map((line) => line.color)])
  const layout = JSON.stringify([data.opens, looks])
  if (layout !== strip.layout) build(root, strip, data)
  strip.layout = layout
  root.setAttribute("aria-label", data.label)
  root.tabIndex = data.opens ? -1 : 0 // where it is too narrow, the keyboard scrolls it: by its buttons, or by itself
  data.stages.forEach((stage, at) => update(strip.stages[at], stage, data))
}

// Where the row is wider than its place, its end fades and a line says that it goes on.
function watched(root, frame) {
  const watch = new ResizeObserver(() => frame.classList.toggle("wide", root.scrollWidth > root.clientWidth + 1))
  watch.observe(root)
  return watch
}

function build(root, strip, data) {
  strip.stages = data.stages.map((stage) => (stage.key.startsWith("block") ? block(strip, stage, data) : plain(stage)))
  const arrow = () => {
    const sign = element("span", "arrow", "›")
    sign.setAttribute("aria-hidden", "true")
    return sign
  }
  root.replaceChildren(...strip.stages.flatMap(({ node }, at) => (at ? [arrow(), node] : [node])))
}

function plain(stage) {
  return { node: element("span", "stage", stage.name), lines: [] }
}

function block(strip, stage, data) {
  const node = element(data.opens ? "button" : "div", "block")
  const chips = element("span", "chips")
  for (const { text, color } of stage.chips) {
    const chip = element("span", "chip", text)
    if (color) Object.assign(chip.style, { borderLeftColor: color, background: `${color}22` })
    chips.append(chip)
  }
  const chart = document.createElementNS(SVG, "svg")
  chart.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`)
  chart.setAttribute("preserveAspectRatio", "none")
  chart.setAttribute("aria-hidden", "true")
  const floor = rule("floor", { x1: 0, x2: data.width, y1: data.height, y2: data.height })
  const now = rule("now", { y1: 0, y2: data.height })
  const lines = stage.lines.map(({ color }) => {
    const line = document.createElementNS(SVG, "polyline")
    if (color) {
      line.setAttribute("class", "norm")
      line.style.stroke = color
    }
    return line
  })
  chart.append(floor, now, ...lines)
  node.append(element("span", "name", stage.name), chips, chart)
  if (data.opens) node.onclick = () => strip.open(stage.key)
  else node.setAttribute("role", "img")
  return { node, lines, now }
}

function update({ node, lines, now }, stage, data) {
  node.title = stage.told
  if (!now) return
  node.setAttribute("aria-label", data.opens ? `${stage.told} Open in the Layers panel.` : stage.told)
  lines.forEach((line, at) => line.setAttribute("points", stage.lines[at].points))
  now.style.display = data.now === null ? "none" : ""
  for (const end of ["x1", "x2"]) now.setAttribute(end, data.now ?? 0)
}

function rule(name, places) {
  const node = document.createElementNS(SVG, "line")
  for (const [key, value] of Object.entries({ class: name, ...places })) node.setAttribute(key, value)
  return node
}

function element(tag, name, text = "") {
  const node = document.createElement(tag)
  node.className = name
  node.textContent = text
  return node
}

// The panel comes a moment after the click, and grows: wait for it, scroll to what has been chosen there, and again
// where a part that came or went has stopped that; whoever does anything meanwhile is left alone.
function bringIntoView(selector) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches
  scrolling.abort()
  const given = (scrolling = new AbortController())
  const giveUp = () => given.abort()
  const options = { signal: given.signal, capture: true, passive: true }
  for (const sign of ["wheel", "touchmove", "pointerdown", "keydown"]) addEventListener(sign, giveUp, options)
  setTimeout(giveUp, WAIT)
  let seen = 0
  let last
  const look = () => {
    if (given.signal.aborted) return
    const there = document.querySelector(selector)
    const top = there?.getBoundingClientRect().top
    const covered = document.querySelector("[data-testid=stHeader]")?.getBoundingClientRect().bottom ?? 0
    const near = top >= covered && top < covered + innerHeight / 8
    seen = there && (near || top === last) ? seen + 1 : 0
    last = top
    if (seen === SEEN) return giveUp()
    if (there && !near) {
      there.style.scrollMarginTop = `${covered + GAP}px`
      there.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" })
    }
    setTimeout(look, there ? 400 : 100)
  }
  look()
}
