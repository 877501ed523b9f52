// The ruler: samples stand on a number line, and a ruler above them slides, stretches and gets new numbers.
//
// `progress` says how far the ruler is, from 0 (it counts like the number line) over 1 (its zero is the mean) and 2 (its
// unit is the spread) to 3 (γ and β): every frame is drawn from it and from `shown`, where everything stands. Both move by
// themselves towards a goal. Nothing here asks the server; only another block, channel or norm is told to the page.

const SVG = "http://www.w3.org/2000/svg"
const MOVE = 900 // ms, a step of the ruler
const GLIDE = 450 // ms, another maker, sample or picture
const HOLD = 700 // ms between two steps that are played
const LAP = 0.84 // of a thumbnail's height that one standing on it leaves in sight, where many stand on each other
const PROGRESS = { before: 0, subtract: 1, divide: 2, scale: 3 }
const rulers = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".ruler")
  if (!rulers.has(parentElement)) rulers.set(parentElement, newRuler(root))
  const ruler = rulers.get(parentElement)
  ruler.tell = (what) => setTriggerValue("chosen", what)
  receive(ruler, data)
  return () => {
    ruler.watch.disconnect()
    cancelAnimationFrame(ruler.frame)
    clearTimeout(ruler.playing)
    rulers.delete(parentElement)
  }
}

function newRuler(root) {
  const part = (name) => root.querySelector(`.${name}`)
  const ruler = { root, part, progress: 2, playing: null, shown: null }
  ruler.calm = matchMedia("(prefers-reduced-motion: reduce)")
  ruler.watch = new ResizeObserver(() => arrange(ruler))
  ruler.watch.observe(part("stage"))
  for (const kind of ["pointerdown", "pointermove"]) part("stage").addEventListener(kind, (event) => nearest(ruler, event))
  part("samples").addEventListener("keydown", (event) => onSampleKey(ruler, event))
  part("play").onclick = () => (ruler.playing === null ? play(ruler) : stop(ruler))
  part("back").onclick = () => turn(ruler, -1)
  part("next").onclick = () => turn(ruler, 1)
  return ruler
}

// ---- what the page gives

function receive(ruler, data) {
  const opening = JSON.stringify([data.norm, data.step, data.maker, data.samples.length])
  const before = ruler.data
  ruler.data = data
  const opens = opening !== ruler.opening
  if (opens) {
    clearTimeout(ruler.playing)
    ruler.playing = null
    ruler.stop = data.stops.includes(data.step) ? data.step : data.stops[1]
    ruler.maker = data.maker
    ruler.sample = data.sample ?? highest(data.made[data.maker].at)
  }
  if (data.sample !== null && data.sample !== ruler.asked) ruler.sample = data.sample
  ruler.asked = data.sample
  ruler.maker = Math.min(ruler.maker, data.made.length - 1)
  if (made(ruler).at[ruler.sample] === null) ruler.sample = made(ruler).at.findIndex((at) => at !== null)
  ruler.opening = opening
  ruler.root.style.setProperty("--norm", data.color)
  ruler.root.style.setProperty("--on-norm", data.ink)
  ruler.root.style.setProperty("--thumbnails", data.thumbnails ? `url(${data.thumbnails})` : "none")
  build(ruler)
  const isSame = before && before.samples.length === data.samples.length && before.norm === data.norm
  arrange(ruler, isSame ? GLIDE : 0)
  if (opens) jump(ruler)
}

const highest = (at) => at.reduce((best, value, index) => (value !== null && value > (at[best] ?? -Infinity) ? index : best), 0)
const made = (ruler) => ruler.data.made[ruler.maker]
const own = (ruler) => made(ruler).owners.length ? [made(ruler).owners[ruler.sample]] : made(ruler).rulers.map((_, at) => at)

function build(ruler) {
  const { data, part } = ruler
  part("title").textContent = data.title
  part("makers").dataset.before = data.words.made
  buildSwitch(part("makers"), data.words.maker, data.made.length > 1 ? data.made.map(({ name }) => name) : [], () => ruler.maker, (at) => {
    ruler.maker = at
    if (made(ruler).at[ruler.sample] === null) ruler.sample = made(ruler).at.findIndex((value) => value !== null)
    arrange(ruler, GLIDE)
  })
  buildSwitch(part("norms"), data.words.norm, data.norms?.names ?? [], () => data.norms.chosen, (at) => ruler.tell({ norm: at }))
  part("channels").hidden = !data.channels
  if (data.channels) part("channel").textContent = `${data.words.channel} ${data.channels.names[data.channels.chosen]}`
  part("back").setAttribute("aria-label", data.words.back)
  part("next").setAttribute("aria-label", data.words.next)
  buildSwitch(part("steps"), data.words.sentence, data.stops.map((stop) => data.words.names[stop]), () => data.stops.indexOf(ruler.stop), (at) => {
    stop(ruler)
    go(ruler, data.stops[at])
  })
  for (const [at, button] of [...part("steps").children].entries()) button.append(node("small"))
  part("facts").textContent = data.facts.join(" ")
  part("samples").setAttribute("aria-label", data.words.samples)
  part("samples").replaceChildren(...data.samples.map(newSample))
  buildTiles(ruler)
}

function newSample({ label, thumbnail }, at) {
  const element = node("div", thumbnail === null ? "sample text" : "sample image")
  element.id = `sample-${at}`
  element.setAttribute("role", "option")
  if (thumbnail === null) element.textContent = label
  else {
    const picture = node("i")
    picture.style.setProperty("--place", thumbnail)
    element.append(picture)
  }
  return element
}

// A row of buttons of which one is chosen; arrow keys go through them.
function buildSwitch(row, label, names, chosen, choose) {
  if (label) row.setAttribute("aria-label", label)
  row.hidden = !names.length
  if (row.children.length !== names.length) {
    row.replaceChildren(...names.map(() => {
      const button = node("button")
      button.type = "button"
      button.setAttribute("role", "radio")
      return button
    }))
  }
  const buttons = [...row.children]
  buttons.forEach((button, at) => {
    button.replaceChildren(node("span", "", names[at]))
    button.onclick = () => {
      choose(at)
      paintSwitch(row)
    }
    button.onkeydown = (event) => {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
      if (!by) return
      event.preventDefault()
      const next = buttons[(at + by + buttons.length) % buttons.length]
      next.click()
      next.focus()
    }
  })
  row.chosen = chosen
  if (names.length) paintSwitch(row)
}

function paintSwitch(row) {
  const chosen = row.chosen()
  for (const [at, button] of [...row.children].entries()) {
    button.setAttribute("aria-checked", at === chosen)
    button.tabIndex = at === chosen ? 0 : -1
  }
}

// ---- where everything belongs, and how it gets there

function arrange(ruler, time = 0) {
  const stage = ruler.part("stage")
  if (!ruler.data || !stage.clientWidth) return
  ruler.width = stage.clientWidth
  ruler.height = stage.clientHeight
  measure(ruler)
  ruler.goal = goal(ruler)
  const from = ruler.shown
  if (!from || !time || ruler.calm.matches || from.at.length !== ruler.goal.at.length) ruler.shown = ruler.goal
  else ruler.glide = { from, start: performance.now(), time }
  say(ruler)
  tick(ruler)
}

function measure(ruler) {
  const style = getComputedStyle(ruler.part("frame"))
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize)
  const px = (name) => rem * parseFloat(style.getPropertyValue(name))
  const isShared = made(ruler).rulers.length === 1 || !made(ruler).owners.length
  ruler.size = { band: px("--band"), bars: px("--bars"), letter: px("--letter"), least: px("--least"), most: px("--most") }
  if (!made(ruler).bars) ruler.size.bars = 3.2 * ruler.size.letter
  ruler.size.gap = own(ruler).length > 1 ? 2.3 * ruler.size.letter : 0 // below each of several, for what it says
  ruler.size.thin = isShared ? 0 : px("--thin")
  ruler.size.side = ruler.size.most / 2 + 4
}

// In values: `low` and `high` of the line, each ruler's zero and unit, each sample's value and where it is piled up; `level`
// counts samples below it.
function goal(ruler) {
  const { low, high } = ruler.data
  const { rulers: found, at, low: from, high: to } = made(ruler)
  const { least, most } = ruler.size
  const room = ruler.height - ruler.size.bars - bandsHeight(ruler) - ruler.size.thin - 2 * ruler.size.letter - 10
  const perPixel = (high - low) / (ruler.width - most - 8)
  const order = at.map((_, index) => index).filter((index) => at[index] !== null).sort((a, b) => at[a] - at[b] || a - b)
  let size = most
  let piles = piled(order, at, (size + 2) * perPixel)
  while (size > least && Math.max(...piles.map(({ samples }) => samples.length)) * size * LAP > room) {
    size = Math.max(least, size - 1)
    piles = piled(order, at, (size + 2) * perPixel)
  }
  const highest = Math.max(...piles.map(({ samples }) => samples.length))
  const result = { low, high, size, at: [], place: [], level: [], from: [], to: [], here: [] }
  result.pitch = Math.min(size + 2, (room - size) / Math.max(1, highest - 1)) // a heap that is too high is pushed together
  result.zero = found.map(({ zero }) => zero)
  result.unit = found.map(({ unit }) => unit)
  at.forEach((value, index) => {
    const last = ruler.shown ?? { at: [], place: [], level: [] }
    result.here.push(value === null ? 0 : 1)
    result.at.push(value ?? last.at[index] ?? low)
    result.place.push(last.place[index] ?? low)
    result.level.push(last.level[index] ?? 0)
    result.from.push(from[index] ?? value ?? low)
    result.to.push(to[index] ?? value ?? low)
  })
  for (const { samples, place } of piles) {
    samples.forEach((index, level) => {
      result.place[index] = place
      result.level[index] = level
    })
  }
  ruler.order = order
  return result
}

const bandsHeight = (ruler) => own(ruler).length * (ruler.size.band + ruler.size.gap)

// Samples nearer to each other than one is wide stand on each other: as near to their values as piles of that width can
// (least squares, by pooling those that would overlap).
function piled(order, at, wide) {
  const piles = []
  for (const index of order) {
    const last = piles.at(-1)
    if (last && at[index] - at[last.samples[0]] < wide) last.samples.push(index)
    else piles.push({ samples: [index] })
  }
  const mean = (samples) => samples.reduce((sum, index) => sum + at[index], 0) / samples.length
  const pools = []
  piles.forEach((pile, rank) => {
    let pool = { weight: pile.samples.length, start: mean(pile.samples) - rank * wide, piles: [pile] }
    while (pools.length && pools.at(-1).start > pool.start) {
      const before = pools.pop()
      const weight = before.weight + pool.weight
      pool = { weight, start: (before.start * before.weight + pool.start * pool.weight) / weight, piles: [...before.piles, ...pool.piles] }
    }
    pools.push(pool)
  })
  let rank = 0
  for (const { start, piles: pooled } of pools) for (const pile of pooled) pile.place = start + wide * rank++
  return piles
}

const ease = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2)
const mix = (a, b, t) => a + (b - a) * t

function mixed(from, to, t) {
  const result = {}
  for (const key of Object.keys(to)) {
    const [a, b] = [from[key], to[key]]
    result[key] = Array.isArray(b) ? b.map((value, at) => (a.length > at ? mix(a[at], value, t) : value)) : mix(a, b, t)
  }
  return result
}

function tick(ruler) {
  cancelAnimationFrame(ruler.frame)
  const now = performance.now()
  let moves = false
  if (ruler.glide) {
    const t = Math.min(1, (now - ruler.glide.start) / ruler.glide.time)
    ruler.shown = t < 1 ? mixed(ruler.glide.from, ruler.goal, ease(t)) : ruler.goal
    if (t < 1) moves = true
    else ruler.glide = null
  }
  if (ruler.move) {
    const t = Math.min(1, (now - ruler.move.start) / MOVE)
    ruler.progress = mix(ruler.move.from, ruler.move.to, ease(t))
    if (t < 1) moves = true
    else ruler.move = null
  }
  draw(ruler)
  if (moves) ruler.frame = requestAnimationFrame(() => tick(ruler))
}

function jump(ruler) {
  ruler.move = null
  ruler.progress = PROGRESS[ruler.stop]
  say(ruler)
  tick(ruler)
}

function go(ruler, stop) {
  ruler.stop = stop
  paintSwitch(ruler.part("steps"))
  if (ruler.calm.matches) return jump(ruler)
  ruler.move = { from: ruler.progress, to: PROGRESS[stop], start: performance.now() }
  say(ruler)
  tick(ruler)
}

function play(ruler) {
  const [first, ...rest] = ruler.data.stops
  ruler.stop = first
  paintSwitch(ruler.part("steps"))
  jump(ruler)
  const on = () => {
    const next = rest.shift()
    if (!next) return stop(ruler)
    go(ruler, next)
    ruler.playing = setTimeout(on, MOVE + HOLD)
  }
  ruler.playing = setTimeout(on, HOLD)
  say(ruler)
}

function stop(ruler) {
  clearTimeout(ruler.playing)
  ruler.playing = null
  say(ruler)
}

// ---- drawing

function draw(ruler) {
  const { data, shown, size, width, height, progress } = ruler
  if (!shown) return
  const inner = width - 2 * size.side
  const x = (value) => size.side + ((value - shown.low) / (shown.high - shown.low)) * inner
  const slid = Math.min(1, progress)
  const stretched = Math.max(0, Math.min(1, progress - 1))
  const told = Math.max(0, progress - 2)
  const now = (at) => ({ zero: shown.zero[at] * slid, unit: shown.unit[at] ** stretched })
  const mine = own(ruler)
  const axis = height - size.bars
  const layer = newLayer(ruler.part("drawing"), width, height)

  // each ruler's unit, to both sides of its zero: of a single one down to the number line
  mine.forEach((at, place) => {
    const { zero, unit } = now(at)
    const from = place * (size.band + size.gap) + size.band
    const to = mine.length > 1 ? from + size.gap : axis
    const [left, right] = [x(zero - unit), x(zero + unit)]
    layer.add("rect", "unit", { x: left, y: from, width: right - left, height: to - from })
    for (const edge of [left, right]) layer.add("line", "edge", { x1: edge, x2: edge, y1: from, y2: to })
    layer.add("line", "zero", { x1: x(zero), x2: x(zero), y1: from, y2: to })
  })
  drawBars(layer, ruler, x, axis)
  drawLine(layer, ruler, x, axis)
  if (size.thin) drawThin(layer, ruler, x, now)
  const heights = placeSamples(ruler, x, axis)
  heights.forEach((y, at) => {
    const middle = y + shown.size / 2
    if (shown.to[at] > shown.from[at]) layer.add("line", "whisker faint", { x1: x(shown.from[at]), x2: x(shown.to[at]), y1: middle, y2: middle, opacity: shown.here[at] })
  })
  drawChosen(layer, ruler, x, axis, heights, mine.map(now), told)
  mine.forEach((at, place) => drawBand(layer, ruler, x, now(at), place * (size.band + size.gap), { told, slid, stretched, name: made(ruler).rulers[at].name }))
  ruler.root.dataset.progress = progress.toFixed(2)
  layer.end()
}

// Elements are used again from frame to frame, in the order in which they are drawn.
function newLayer(svg, width, height) {
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`)
  let used = 0
  return {
    add(tag, name, places, text) {
      let element = svg.children[used]
      if (element?.tagName !== tag) {
        const fresh = document.createElementNS(SVG, tag)
        if (element) svg.replaceChild(fresh, element)
        else svg.append(fresh)
        element = fresh
      }
      used += 1
      for (const name of [...element.getAttributeNames()]) if (!(name in places)) element.removeAttribute(name)
      element.setAttribute("class", name)
      for (const [key, value] of Object.entries(places)) element.setAttribute(key, typeof value === "number" ? value.toFixed(2) : value)
      if (text !== undefined) element.textContent = text
    },
    end() {
      while (svg.children.length > used) svg.lastChild.remove()
    },
  }
}

function drawBand(layer, ruler, x, { zero, unit }, top, { told, slid, stretched, name }) {
  const { data, size, width, shown } = ruler
  const bottom = top + size.band
  const pixels = x(zero + unit) - x(zero)
  const [least, most] = [Math.ceil((shown.low - zero) / unit - 1), Math.floor((shown.high - zero) / unit + 1)]
  layer.add("rect", "band", { x: 0.75, y: top + 0.75, width: width - 1.5, height: size.band - 1.5, rx: 6 })
  const every = Math.max(1, nice((3.1 * size.letter) / pixels))
  const small = Math.max(0.1, nice(9 / pixels))
  for (let mark = Math.ceil(least / small) * small; mark <= most; mark += small) {
    const at = x(zero + mark * unit)
    layer.add("line", "tick", { x1: at, x2: at, y1: bottom, y2: bottom - size.band * 0.1 })
  }
  for (let mark = Math.ceil(least / every) * every; mark <= most; mark += every) {
    const at = x(zero + mark * unit)
    if (at < 8 || at > width - 8) continue
    const isZero = mark === 0
    layer.add("line", isZero ? "tick long" : "tick", { x1: at, x2: at, y1: bottom, y2: bottom - size.band * (isZero ? 0.26 : 0.2) })
    const y = bottom - size.band * 0.32
    const flip = size.band * 0.16
    const [leaves, comes] = [Math.max(0, 1 - 2 * told), Math.max(0, 2 * told - 1)]
    const name = isZero ? "number first" : "number"
    if (leaves) layer.add("text", name, { x: at, y: y - flip * (1 - leaves), opacity: leaves }, whole(mark))
    if (comes) layer.add("text", name, { x: at, y: y + flip * (1 - comes), opacity: comes }, number(data.gamma * mark + data.beta))
  }
  // which of its marks are the mean and the spread
  const seen = [stretched, data.centers ? slid : stretched, stretched]
  const isWide = pixels > size.letter * 2.6
  data.words.marks.forEach((mark, place) => {
    const at = x(zero + (place - 1) * unit)
    const inside = at > size.letter * 1.5 && at < width - size.letter * 1.5
    if (seen[place] > 0 && inside && (isWide || place === 1)) layer.add("text", "mark", { x: at, y: top + size.band * 0.27, opacity: seen[place] }, mark)
  })
  if (name) layer.add("text", "name", { x: 4, y: bottom + size.letter * 1.45 }, name)
}

// Of rulers that belong to other samples each is a thin line from one unit below its zero to one above.
function drawThin(layer, ruler, x, now) {
  const { rulers: found, owners } = made(ruler)
  const { thin } = ruler.size
  const mine = owners[ruler.sample]
  const order = found.map((_, at) => at).sort((a, b) => found[a].zero - found[b].zero || found[a].unit - found[b].unit)
  const pitch = (thin - 12) / order.length
  order.forEach((at, row) => {
    const { zero, unit } = now(at)
    const y = ruler.size.band + 8 + (row + 0.5) * pitch
    const name = at === mine ? "thin mine" : "thin"
    layer.add("line", name, { x1: x(zero - unit), x2: x(zero + unit), y1: y, y2: y })
    layer.add("circle", name, { cx: x(zero), cy: y, r: at === mine ? 3.5 : 1.8 })
  })
}

function drawLine(layer, ruler, x, axis) {
  const { shown, width, size, data } = ruler
  layer.add("line", "axis", { x1: 0, x2: width, y1: axis, y2: axis })
  const step = nice((shown.high - shown.low) / Math.max(2, width / (size.letter * 6)))
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  for (let mark = Math.ceil(shown.low / step - 1e-9); mark * step <= shown.high + 1e-9; mark++) {
    const at = x(mark * step)
    layer.add("line", "axis", { x1: at, x2: at, y1: axis, y2: axis + 5 })
    layer.add("text", "value", { x: at, y: axis + size.letter * 1.35 }, (mark * step).toFixed(digits).replace("-", "−"))
  }
  layer.add("text", "axis-name", { x: width - 2, y: axis + size.letter * 2.6 }, data.line)
}

function nice(step) {
  const power = 10 ** Math.floor(Math.log10(step))
  return [1, 2, 5, 10].map((factor) => factor * power).find((found) => found >= step)
}

// All values, hanging from the number line: those that are exactly 0 as one bar of their own.
function drawBars(layer, ruler, x, axis) {
  const { bars } = made(ruler)
  if (!bars) return
  const { size, shown, data } = ruler
  const room = size.bars - size.letter * 0.6
  const most = Math.max(bars.zeros, ...bars.shares)
  const wide = (shown.high - shown.low) / bars.shares.length
  bars.shares.forEach((share, at) => {
    const left = x(shown.low + at * wide)
    if (share) layer.add("rect", "bar", { x: left, y: axis, width: Math.max(1, x(shown.low + (at + 1) * wide) - left - 1), height: Math.max(1, (room * share) / most) })
  })
  if (bars.zeros) {
    layer.add("rect", "bar spike", { x: x(0) - 2.5, y: axis, width: 5, height: (room * bars.zeros) / most })
    layer.add("text", "spike", { x: x(0) + 9, y: axis + size.bars - size.letter * 0.5 }, data.words.zeros.replace("{share}", percent(bars.zeros)))
  }
}

function placeSamples(ruler, x, axis) {
  const { shown } = ruler
  const heights = []
  const samples = ruler.part("samples").children
  shown.at.forEach((_, at) => {
    const y = axis - 5 - shown.size - shown.level[at] * shown.pitch
    heights.push(y)
    const { style } = samples[at]
    style.transform = `translate(${(x(shown.place[at]) - shown.size / 2).toFixed(1)}px, ${y.toFixed(1)}px)`
    style.width = style.height = `${shown.size}px`
    style.setProperty("--size", `${shown.size}px`)
    style.opacity = shown.here[at]
    style.zIndex = at === ruler.sample ? 100 : Math.round(50 - shown.level[at])
    samples[at].classList.toggle("chosen", at === ruler.sample)
  })
  return heights
}

// From the chosen sample down to its value, and up to what the ruler says of it.
function drawChosen(layer, ruler, x, axis, heights, bands, told) {
  const { shown, size, data } = ruler
  const at = ruler.sample
  const here = x(shown.at[at])
  const middle = heights[at] + shown.size / 2
  layer.add("line", "plumb", { x1: here, x2: here, y1: size.band, y2: axis })
  if (shown.to[at] > shown.from[at]) {
    layer.add("line", "whisker", { x1: x(shown.from[at]), x2: x(shown.to[at]), y1: middle, y2: middle })
    for (const end of [shown.from[at], shown.to[at]]) layer.add("line", "whisker", { x1: x(end), x2: x(end), y1: middle - 5, y2: middle + 5 })
  }
  layer.add("circle", "plumb", { cx: here, cy: axis, r: 4 })
  bands.forEach(({ zero, unit }, place) => {
    const mark = (shown.at[at] - zero) / unit
    const text = number(told > 0.5 ? data.gamma * mark + data.beta : mark)
    const y = place * (size.band + size.gap) + size.band + size.letter * 1.1
    const wide = size.letter * (0.75 + 0.56 * text.length)
    const left = Math.max(1, Math.min(here - wide / 2, ruler.width - wide - 1))
    layer.add("rect", "bubble", { x: left, y: y - size.letter * 0.85, width: wide, height: size.letter * 1.6, rx: 4 })
    layer.add("text", "bubble", { x: left + wide / 2, y: y + size.letter * 0.32 }, text)
  })
}

// ---- words

const number = (value, digits = 2) => {
  const text = value.toFixed(digits)
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−")
}
const whole = (value) => String(value).replace("-", "−")
const percent = (share) => `${(100 * share).toFixed(share > 0 && share < 0.01 ? 1 : 0)} %`
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name])

function say(ruler) {
  const { data, part } = ruler
  const { words } = data
  const found = made(ruler)
  const mine = own(ruler).map((at) => found.rulers[at])
  const { unit } = mine[0]
  const each = (value) => mine.map((one) => number(one[value])).join(" / ")
  const numbers = { zero: each("zero"), unit: each("unit"), gamma: number(data.gamma), beta: number(data.beta) }
  numbers.stretches = words.stretches[Number(unit >= 1)]
  const steps = [...part("steps").children]
  data.stops.forEach((stop, at) => {
    const small = steps[at].querySelector("small")
    if (small) small.textContent = filled(words.symbols[stop], numbers)
  })
  paintSwitch(part("steps"))
  if (data.made.length > 1) paintSwitch(part("makers"))
  part("said").textContent = filled(words.said[ruler.stop], numbers)
  part("whose").textContent = found.sentence
  part("reckoned").textContent = reckoned(ruler)
  const button = part("play")
  const isPlaying = ruler.playing !== null
  button.querySelector("span").textContent = isPlaying ? words.stop : words.play
  button.classList.toggle("playing", isPlaying)
  const samples = [...part("samples").children]
  samples.forEach((sample, at) => {
    const isHere = found.at[at] !== null
    sample.setAttribute("aria-hidden", !isHere)
    sample.setAttribute("aria-selected", at === ruler.sample)
    const place = isHere ? reading(ruler, at) : null
    if (place) sample.setAttribute("aria-label", `${data.samples[at].name}: ${filled(words.reads, place)}`)
  })
  part("samples").setAttribute("aria-activedescendant", `sample-${ruler.sample}`)
}

function reading(ruler, at) {
  const { data } = ruler
  const { owners, rulers: found, at: places } = made(ruler)
  const read = (owner) => {
    const { zero, unit } = found[owner]
    const step = PROGRESS[ruler.stop]
    const mark = (places[at] - (step > 0 ? zero : 0)) / (step > 1 ? unit : 1)
    return number(step > 2 ? data.gamma * mark + data.beta : mark)
  }
  return { at: number(places[at]), reading: (owners.length ? [owners[at]] : found.map((_, one) => one)).map(read).join(" / ") }
}

// "Image 5 “3”: 2.41 → − 0.83 = 1.58 → ÷ 1.20 = 1.31 → × 1.10 − 0.20 = 1.24", as far as the ruler is.
function reckoned(ruler) {
  const { name } = ruler.data.samples[ruler.sample]
  const found = made(ruler)
  const lines = own(ruler).map((at) => [found.rulers[at].name, arithmetic(ruler, found.at[ruler.sample], found.rulers[at])])
  return `${name[0].toUpperCase()}${name.slice(1)}: ${lines.map((line) => line.filter(Boolean).join(": ")).join("\u2003")}`
}

function arithmetic(ruler, place, { zero, unit }) {
  const { data } = ruler
  const plus = (value) => (Number(value.toFixed(2)) < 0 ? `− ${number(-value)}` : `+ ${number(value)}`)
  const step = PROGRESS[ruler.stop]
  const parts = [number(place)]
  if (step > 0 && data.centers) parts.push(` ${plus(-zero)} = ${number(place - zero)}`)
  const mark = (place - zero) / unit
  if (step > 1) parts.push(` ÷ ${number(unit)} = ${number(mark)}`)
  if (step > 2) parts.push(` × ${number(data.gamma)}${data.has_beta ? ` ${plus(data.beta)}` : ""} = ${number(data.gamma * mark + data.beta)}`)
  return parts.join("\u2002→")
}

// ---- what the reader does

function choose(ruler, at) {
  if (at === undefined || at === ruler.sample) return
  ruler.sample = at
  arrange(ruler, made(ruler).owners.length && made(ruler).rulers.length > 1 ? GLIDE : 0)
}

function nearest(ruler, event) {
  if (!ruler.shown) return
  const box = ruler.part("stage").getBoundingClientRect()
  const { shown, size, width, height } = ruler
  const inner = width - 2 * size.side
  const far = (at) => {
    const x = size.side + ((shown.place[at] - shown.low) / (shown.high - shown.low)) * inner
    const y = height - size.bars - 5 - shown.size / 2 - shown.level[at] * shown.pitch
    return (x - (event.clientX - box.left)) ** 2 + (y - (event.clientY - box.top)) ** 2
  }
  const found = ruler.order.reduce((best, at) => (far(at) < far(best) ? at : best), ruler.order[0])
  if (event.pointerType !== "mouse" || far(found) < (1.5 * shown.size) ** 2) choose(ruler, found)
}

function onSampleKey(ruler, event) {
  const { order } = ruler
  const here = order.indexOf(ruler.sample)
  const to = { ArrowRight: here + 1, ArrowUp: here + 1, ArrowLeft: here - 1, ArrowDown: here - 1, Home: 0, End: order.length - 1 }[event.key]
  if (to === undefined) return
  event.preventDefault()
  choose(ruler, order[Math.max(0, Math.min(order.length - 1, to))])
}

function turn(ruler, by) {
  const { names, chosen } = ruler.data.channels
  ruler.tell({ channel: (chosen + by + names.length) % names.length })
}

// ---- all blocks, small

function buildTiles(ruler) {
  const { data, part } = ruler
  const row = part("blocks")
  row.hidden = !data.blocks
  if (!data.blocks) return
  row.setAttribute("aria-label", data.words.blocks)
  const { tiles, chosen } = data.blocks
  if (row.children.length !== tiles.length) row.replaceChildren(...tiles.map(() => node("button", "tile")))
  tiles.forEach((tile, at) => {
    const button = row.children[at]
    button.type = "button"
    button.setAttribute("aria-pressed", tile.key === chosen)
    const told = `${tile.name}: ${filled(data.words.zeros, { share: percent(tile.zeros) })}, ${filled(data.words.explained, { share: percent(tile.explained) })}`
    button.setAttribute("aria-label", told)
    button.title = told
    button.onclick = () => ruler.tell({ block: tile.key })
    button.replaceChildren(node("span", "tile-name", tile.name), tileDrawing(data.blocks, tile), node("span", "tile-fact", filled(data.words.share, { share: percent(tile.explained) })))
  })
}

function tileDrawing({ low, high }, { before, after }) {
  const svg = document.createElementNS(SVG, "svg")
  svg.setAttribute("viewBox", "0 0 100 50")
  svg.setAttribute("preserveAspectRatio", "none")
  svg.setAttribute("aria-hidden", "true")
  const layer = newLayer(svg, 100, 50)
  const most = Math.max(...before, ...after)
  const area = (shares) => {
    const wide = 100 / shares.length
    const points = shares.map((share, at) => {
      const top = (48 - (46 * share) / most).toFixed(1)
      return `L${(at * wide).toFixed(1)} ${top}L${((at + 1) * wide).toFixed(1)} ${top}`
    })
    return `M0 48${points.join("")}L100 48Z`
  }
  layer.add("path", "area", { d: area(before) })
  layer.add("path", "area after", { d: area(after) })
  const zero = (-100 * low) / (high - low)
  layer.add("line", "axis", { x1: 0, x2: 100, y1: 48, y2: 48 })
  layer.add("line", "axis", { x1: zero, x2: zero, y1: 48, y2: 50 })
  return svg
}

function node(tag, name = "", text = "") {
  const element = document.createElement(tag)
  if (name) element.className = name
  if (text) element.textContent = text
  return element
}
