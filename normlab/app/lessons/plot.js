// A lesson's picture: axes, then a prediction, then what was measured, all in one place.
//
// Nothing here knows a lesson. `x` and `y` are axes: {label, scale: "names" | "linear" | "log", low, high, ticks: [{at,
// text}]}; the places of an axis of names are its ticks, 0, 1, 2, ... Python writes all numbers that are read as text.

const SVG = "http://www.w3.org/2000/svg"
const SIZES = {
  phone: { left: 46, right: 14, top: 14, bottom: 44, line: 15, dot: 4.5, letter: 7.4, number: 22 },
  laptop: { left: 60, right: 16, top: 16, bottom: 50, line: 19, dot: 5.5, letter: 8, number: 22 },
  projector: { left: 110, right: 30, top: 28, bottom: 92, line: 36, dot: 11, letter: 14, number: 48 },
}
const NARROW = 560 // pixels; below it names of lines stand above the picture instead of at its right
const NAMES = { laptop: 150, projector: 280 } // pixels at the right for the names of lines

const NAME_GAP = 8 // pixels between the names of columns

function measurePlot(svg, { picture, projector }) {
  const { width, height } = svg.getBoundingClientRect()
  const isNarrow = width < NARROW
  const kind = projector ? "projector" : isNarrow ? "phone" : "laptop"
  const size = SIZES[kind]
  const isNamed = picture.x.scale === "names"
  const hasNames = !isNamed && !isNarrow
  const right = width - size.right - (hasNames ? NAMES[kind] : 0)
  const room = isNamed ? (right - size.left) / picture.x.ticks.length - NAME_GAP : 0
  const names = isNamed ? picture.x.ticks.map(({ text }) => folded(text, size, room)) : []
  const deepest = Math.max(0, ...names.map((lines) => lines.length))
  const bottom = height - Math.max(size.bottom, (deepest + 0.7) * size.line)
  return {
    ...size,
    kind,
    width,
    height,
    right,
    bottom,
    hasNames,
    names,
    x: scale(picture.x, size.left, right),
    y: scale(picture.y, bottom, size.top),
  }
}

// From an axis' values to pixels, and back with `.at`.
function scale(axis, from, to) {
  const isLog = axis.scale === "log"
  const [low, high] = axis.scale === "names" ? [-0.5, axis.ticks.length - 0.5] : [axis.low, axis.high].map(isLog ? Math.log : Number)
  const place = (value) => from + ((to - from) * ((isLog ? Math.log(value) : value) - low)) / (high - low)
  place.at = (pixel) => {
    const share = Math.min(Math.max((pixel - from) / (to - from), 0), 1)
    const value = low + share * (high - low)
    return isLog ? Math.exp(value) : value
  }
  return place
}

function drawPlot(svg, shown) {
  const plot = measurePlot(svg, shown)
  if (!plot.width) return plot
  svg.setAttribute("viewBox", `0 0 ${plot.width} ${plot.height}`)
  svg.replaceChildren(
    axesOf(plot, shown.picture),
    ...(shown.measured ? [measuredOf(plot, shown.measured, shown.picture)] : []),
    ...(shown.guess ? [guessOf(plot, shown.guess, shown.picture)] : []),
  )
  return plot
}

function axesOf(plot, { x, y, at: decided }) {
  const { left, right, bottom, top } = plot
  const group = make("g", "axes")
  for (const { at, text } of y.ticks) {
    const height = plot.y(at)
    group.append(
      make("line", at === y.ticks[0].at ? "floor" : "", { x1: left, x2: right, y1: height, y2: height }),
      written(text, "value", left - 8, height),
    )
  }
  if (x.scale === "names") {
    x.ticks.forEach(({ at }, place) =>
      group.append(stacked(plot.names[place], "name", plot.x(at), bottom + plot.line * 1.1, plot)),
    )
  } else {
    const taken = [] // by texts; one that would overlap is left out, but never that of the x which decides
    const order = [...x.ticks].sort((one, other) => (other.at === decided) - (one.at === decided))
    for (const { at, text } of order) {
      const [place, half] = [plot.x(at), ((text.length + 1) * plot.letter) / 2]
      group.append(make("line", "tick", { x1: place, x2: place, y1: bottom, y2: bottom + 5 }))
      if (taken.some((other) => Math.abs(other.place - place) < other.half + half)) continue
      taken.push({ place, half })
      group.append(written(text, at === decided ? "time decided" : "time", place, bottom + plot.line * 1.1))
    }
    group.append(written(x.label, "title", (left + right) / 2, bottom + plot.line * 2.15))
  }
  const title = written(y.label, "title", 0, 0)
  title.setAttribute("transform", `translate(${plot.line * 0.75} ${(top + bottom) / 2}) rotate(-90)`)
  group.append(title)
  return group
}

function guessOf(plot, guess, { at }) {
  const group = make("g", "guess")
  if (guess.kind === "level") {
    const height = plot.y(guess.at)
    const ends = { x1: plot.left, x2: plot.right, y1: height, y2: height }
    group.append(make("line", "ground", ends), make("line", "", ends))
    if (at !== null) group.append(make("circle", "", { cx: plot.x(at), cy: height, r: plot.dot * 1.6 }))
  } else {
    const points = pointsOf(plot, guess.points)
    group.append(make("polyline", "ground", { points }), make("polyline", "", { points }))
    for (const [x, y] of guess.points) group.append(make("circle", "", { cx: plot.x(x), cy: plot.y(y), r: plot.dot * 0.7 }))
  }
  return group
}

function measuredOf(plot, { series }, { x, y }) {
  const group = make("g", "measured")
  const ends = []
  series.forEach((one) => {
    const part = colored(make("g", "series"), one.color)
    if (x.scale === "names") columnOf(plot, one, part)
    else {
      const lines = one.hasDots ? [one.middle] : one.lines
      for (const line of lines) part.append(make("polyline", one.hasDots ? "middle" : "line", { points: pointsOf(plot, line) }))
      const dots = one.hasDots ? one.lines.flat() : []
      for (const [at, value] of dots) part.append(make("circle", "dot", { cx: plot.x(at), cy: plot.y(value), r: plot.dot * 0.75 }))
      const [, last] = one.middle.at(-1)
      const words = folded(one.name, plot, NAMES[plot.kind] - plot.dot * 2)
      ends.push({ words, color: one.color, y: plot.y(Math.min(Math.max(last, y.low), y.high)) })
    }
    group.append(part)
  })
  if (plot.hasNames) {
    apart(ends, plot)
    for (const { words, color, y } of ends) {
      group.append(colored(stacked(words, "end", plot.right + plot.dot * 2, y - ((words.length - 1) * plot.line) / 2, plot), color))
    }
  }
  return group
}

// An arm as a column: a dot a seed, beside each other so that none hides another, and the middle one's number.
function columnOf(plot, { at, lines, middle, label }, part) {
  const values = lines.map(([[, value]]) => value)
  const room = (plot.x(1) - plot.x(0)) * 0.8
  const gap = Math.min(plot.dot * 2.5, room / values.length)
  const center = plot.x(at)
  const heights = values.map((value) => plot.y(value))
  heights.forEach((height, seed) =>
    part.append(make("circle", "dot", { cx: center + (seed - (values.length - 1) / 2) * gap, cy: height, r: plot.dot })),
  )
  const half = Math.max((values.length * gap) / 2, plot.dot * 3)
  const height = plot.y(middle[0][1])
  part.append(make("line", "middle", { x1: center - half, x2: center + half, y1: height, y2: height }))
  const away = plot.dot + plot.number * 0.62
  const above = Math.min(...heights, height) - away
  const below = Math.max(...heights, height) + away
  part.append(written(label, "number", center, above - plot.number / 2 > 0 ? above : below))
}

// Names at the ends of lines, moved apart where they would overlap.
function apart(ends, plot) {
  ends.sort((one, other) => one.y - other.y)
  const apart = (one, other) => ((one.words.length + other.words.length) * plot.line) / 2
  ends.forEach((one, at) => (one.y = Math.max(one.y, at ? ends[at - 1].y + apart(one, ends[at - 1]) : plot.top)))
  const last = [...ends].reverse()
  last.forEach((one, at) => (one.y = Math.min(one.y, at ? last[at - 1].y - apart(one, last[at - 1]) : plot.bottom)))
}

const pointsOf = (plot, points) => points.map(([x, y]) => `${plot.x(x).toFixed(1)},${plot.y(y).toFixed(1)}`).join(" ")

// Elements

function make(tag, name, attributes = {}) {
  const node = document.createElementNS(SVG, tag)
  for (const [key, value] of Object.entries({ class: name, ...attributes })) node.setAttribute(key, value)
  return node
}

function written(words, name, x, y) {
  const node = make("text", name, { x, y })
  node.textContent = words
  return node
}

// Words in lines that fit into so many pixels.
function folded(words, { letter }, room) {
  const lines = [""]
  for (const word of words.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim()
    if (lines.at(-1) && longer.length * letter > room) lines.push(word)
    else lines[lines.length - 1] = longer
  }
  return lines
}

function stacked(lines, name, x, y, { line }) {
  const node = make("text", name, { x, y })
  lines.forEach((words, at) => {
    const span = make("tspan", "", { x, dy: at ? line : 0 })
    span.textContent = words
    node.append(span)
  })
  return node
}

function colored(node, color) {
  node.style.setProperty("--color", color)
  return node
}

function element(tag, name, attributes = {}, ...children) {
  const node = document.createElement(tag)
  if (name) node.className = name
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
  node.append(...children)
  return node
}
