// The network from left to right: columns of maps, the image before them, the answer behind them; and on top of it the
// patch that made the value under the lens, and whose values it shares a statistic with.

const SVG = "http://www.w3.org/2000/svg"

// Pixels by kind of screen: the columns' height, the image, the lens' map, patch and filter, the batch.
const SIZES = {
  page: { tall: 400, image: 84, zoom: 156, pairs: [292, 156], batch: [200, 271], letters: 13, answer: 124, gap: 12 },
  projector: { tall: 416, image: 112, zoom: 250, pairs: [500, 250], batch: [320, 356], letters: 28, answer: 190, gap: 16 },
  phone: { tall: 0, image: 112, zoom: 288, pairs: [320, 176], batch: [320, 340], letters: 15, answer: 0, gap: 0 },
}
const PROJECTOR = 1920 // pixels of a window for which its sizes are meant; others are in proportion
const BETWEEN = 4 // pixels between maps of a column
const BESIDE = 8 // pixels between what is before a norm and what is after it
const MANY = 12 // channels: where there is room, their maps stand in two columns

// The sizes of a screen of this kind.
function sizesOf(mode) {
  const share = mode === "projector" ? Math.max(0.5, Math.min(2.5, innerWidth / PROJECTOR)) : 1
  const scaled = (size) => (Array.isArray(size) ? size.map(scaled) : Math.floor(size * share))
  const own = Object.entries(SIZES[mode]).map(([name, size]) => [name, scaled(size)])
  return { mode, ...Object.fromEntries(own) }
}

function element(tag, name = "", text = "") {
  const node = document.createElement(tag)
  if (name) node.className = name
  if (text) node.textContent = text
  return node
}

// ---- building ----

function buildNetwork(picture) {
  const { sizes } = picture
  picture.columns = []
  const place = element("div", "place")
  place.append(imageNode(picture))
  picture.fold = foldOf(picture.stages, sizes, picture.root.clientWidth)
  for (const stage of picture.stages) place.append(stage.key === "head" ? answerNode(picture, stage) : stageNode(picture, stage))
  picture.ties = document.createElementNS(SVG, "svg")
  picture.ties.setAttribute("class", "ties")
  picture.ties.setAttribute("aria-hidden", "true")
  place.append(picture.ties)
  picture.place = place
  const names = picture.stages.slice(0, -1).map(({ name }) => name)
  const keys = "Arrow keys go from map to map, Enter goes into one."
  picture.network.setAttribute("aria-label", `Network: image, ${names.join(", ")}, answer. ${keys}`)
  picture.network.style.setProperty("--tall", `${sizes.tall}px`)
  picture.network.style.setProperty("--answer", `${sizes.answer}px`)
  picture.network.replaceChildren(place)
}

function imageNode(picture) {
  const node = element("div", "stage image")
  const own = column(picture, { key: "image", name: "Image", channels: 1, size: picture.data.network.input }, "", "")
  picture.caption = element("span", "name", picture.data.name)
  node.append(picture.caption, own)
  return node
}

function stageNode(picture, stage) {
  const node = element("div", `stage ${stage.kind}`)
  const isBlock = stage.kind === "block"
  const name = element(isBlock && picture.data.opens ? "button" : "span", "name", stage.name)
  name.title = stage.told
  if (name.tagName === "BUTTON") {
    name.type = "button"
    name.setAttribute("aria-label", `${stage.told} Open in the Layers panel.`)
    name.onclick = () => picture.tell("opened", stage.key)
  }
  const columns = element("div", "columns")
  columns.append(column(picture, stage, isBlock ? "relu" : "", isBlock ? "after ReLU" : ""))
  for (const norm of stage.norms) columns.append(column(picture, stage, norm.key, `after ${norm.name}`))
  node.append(name, columns, element("span", "shape", `${stage.channels}×${stage.size}×${stage.size}`))
  return node
}

// The ten classes as bars.
function answerNode(picture, stage) {
  const node = element("div", "stage answer")
  const bars = element("div", "column bars")
  const tiles = picture.data.labels.map((label, channel) => {
    const button = mapButton(stage.key, "", channel)
    const [fill, name, share] = [element("span", "fill"), element("span", "label", label), element("span", "share")]
    button.append(fill, name, share)
    bars.append(button)
    return { button, fill, share, label }
  })
  picture.columns.push({ stage, step: "", name: "", tiles, node: bars })
  node.append(element("span", "name", "Answer"), bars)
  return node
}

function column(picture, stage, step, name) {
  const node = element("div", "column")
  node.dataset.step = step
  const { sizes, fold } = picture
  const { side, folds } = stage.key === "image" ? { side: sizes.image, folds: 1 } : sideOf(stage, sizes, fold)
  node.style.setProperty("--side", `${side}px`)
  node.style.setProperty("--folds", folds)
  node.classList.toggle("coarse", side % stage.size === 0 || side > 3 * stage.size)
  const tiles = Array.from({ length: stage.channels }, (_, channel) => {
    const button = mapButton(stage.key, step, channel)
    const canvas = element("canvas")
    button.append(canvas)
    node.append(button)
    return { button, canvas }
  })
  picture.columns.push({ stage, step, name, tiles, node, side })
  return node
}

// How maps are laid out: many channels in two columns where the page is wide enough, as large as fits.
const FOLDS = [...[50, 40, 30].map((most) => ({ folds: 2, most })), { folds: 1, most: Infinity }]

function foldOf(stages, sizes, wide) {
  const { image, answer, gap, letters } = sizes
  const needed = (fold) => {
    const widths = stages.slice(0, -1).map((stage) => {
      const { side, folds } = sideOf(stage, sizes, fold)
      const columns = 1 + Object.keys(stage.norms).length
      return Math.max(0.6 * letters * stage.name.length, columns * (folds * (side + BETWEEN) - BETWEEN + BESIDE) - BESIDE)
    })
    return widths.reduce((sum, width) => sum + width + gap, Math.max(image, 8 * letters) + gap + answer)
  }
  return FOLDS.findIndex((fold, at) => at === FOLDS.length - 1 || needed(fold) <= wide)
}

// A map's side: as large as fits, and if possible a whole number of pixels a value.
function sideOf({ channels, size }, { mode, tall }, fold) {
  const { folds, most: limit } = FOLDS[fold] ?? fold
  if (mode === "phone") return channels < 8 ? { side: 78, folds: Math.min(channels, 2) } : { side: 50, folds: 3 }
  if (size === 1) return { side: 14, folds: 1 }
  const own = channels < MANY ? 1 : folds
  const rows = Math.ceil(channels / own)
  const most = Math.min(Math.floor((tall - BETWEEN * (rows - 1)) / rows), Math.floor(tall / 5), own > 1 ? limit : Infinity)
  const whole = Math.floor(most / size) * size
  return { side: whole >= (own > 1 ? 0.85 : 0.7) * most ? whole : most, folds: own }
}

function mapButton(stage, step, channel) {
  const isButton = stage !== "image" // nothing made its values
  const button = element(isButton ? "button" : "div", "map")
  if (isButton) Object.assign(button, { type: "button", tabIndex: -1 })
  else button.setAttribute("role", "img")
  Object.assign(button.dataset, { stage, step, channel })
  return button
}

// ---- painting ----

function paintNetwork(picture) {
  const { data, steps, palette, filters, weights } = picture
  picture.caption.textContent = data.name
  for (const own of picture.columns) {
    own.values = steps.find((step) => step.stage === own.stage.key && step.step === own.step)
    own.scale = scaleOf(own.values, palette)
    if (own.stage.key === "head") paintAnswer(picture, own)
    else if (filters && own.step === "relu") paintFilters(own, weights, palette)
    else own.tiles.forEach(({ canvas }, channel) => put(canvas, mapOf(own, channel), own.side))
    own.tiles.forEach(({ button }, channel) => button.setAttribute("aria-label", nameOf(own, channel)))
  }
}

const mapOf = ({ values, scale }, channel) => pictureOf(values.values, channel * values.size ** 2, values.size, scale)

function nameOf({ stage, name, tiles }, channel) {
  if (stage.key === "image") return "Image"
  if (tiles[channel].label) return `Class ${tiles[channel].label}`
  return `${stage.name}, channel ${channel + 1}${name ? `, ${name}` : ""}`
}

function paintAnswer(picture, { values, tiles }) {
  const logits = [...values.values.subarray(0, tiles.length)]
  const most = Math.max(...logits)
  const shares = logits.map((logit) => Math.exp(logit - most))
  const total = shares.reduce((sum, share) => sum + share, 0)
  const best = logits.indexOf(most)
  tiles.forEach(({ button, fill, share, label }, at) => {
    const percent = (100 * shares[at]) / total
    fill.style.width = `${percent}%`
    share.textContent = percent >= 99.95 ? "100 %" : `${percent.toFixed(percent < 1 ? 1 : 0)} %`
    button.classList.toggle("best", at === best)
    button.classList.toggle("true", at === picture.data.truth)
    button.title = at === picture.data.truth ? `${label} is right` : ""
  })
}

// Each channel's filter: its weights for every input, side by side; all channels on one scale.
function paintFilters({ stage, tiles, side }, weights, palette) {
  const kernel = weights[`${weightsOf(stage)}.weight`]
  const most = kernel.reduce((largest, weight) => Math.max(largest, Math.abs(weight)), 0) || 1
  const [k, length] = [stage.kernel, kernel.length / stage.channels]
  const across = Math.ceil(Math.sqrt(stage.inputs))
  const wide = across * k
  tiles.forEach(({ canvas }, channel) => {
    const values = new Float32Array(wide ** 2).fill(NaN)
    for (let at = 0; at < length; at++) {
      const [input, tap] = [Math.floor(at / k ** 2), at % k ** 2]
      const row = Math.floor(input / across) * k + Math.floor(tap / k)
      values[row * wide + (input % across) * k + (tap % k)] = kernel[channel * length + at]
    }
    put(canvas, pictureOf(values, 0, wide, { low: -most, high: most, table: palette.signs }), Math.floor(side / wide) * wide)
  })
}

// ---- marks ----

// Frames around the maps whose values share the statistic that the lens shows, and the patch with its ties.
function markNetwork(picture) {
  const { way, cell, columns, place, ties } = picture
  const shown = way.norms[picture.norm]
  const own = columns.filter(({ stage }) => stage.key === cell.stage)
  const input = shown && own[picture.norm]
  for (const column of columns) {
    column.tiles.forEach(({ button }, channel) => {
      const isLit = column === input && shown.lit.images[0] && shown.lit.channels[channel]
      button.classList.toggle("lit", isLit)
      button.classList.toggle("chosen", own.includes(column) && channel === cell.channel)
    })
  }
  place.style.setProperty("--lit", shown ? picture.data.colors.norms[shown.norm.key].color : "transparent")
  ties.replaceChildren(...marks(picture, own))
  const wide = place.scrollWidth
  ties.setAttribute("width", wide)
  ties.setAttribute("height", place.scrollHeight)
}

function marks(picture, own) {
  const { way, cell, columns, place, filters } = picture
  const corner = place.getBoundingClientRect()
  const source = columns[columns.indexOf(own[0]) - 1]
  const [stride, padding, width] = isPool(way.stage) ? [way.stage.kernel, 0, way.stage.kernel] : [1, way.stage.padding, way.stage.kernel]
  const top = cell.row * stride - padding
  const left = cell.column * stride - padding
  const parts = way.parts?.map(Math.abs) ?? source.tiles.map((_, channel) => Number(channel === cell.channel))
  const most = Math.max(...parts, Number.MIN_VALUE)
  const target = box(corner, own[0].tiles[cell.channel], own[0].values.size, cell.row, cell.column, 1)
  const found = []
  source.tiles.forEach((tile, channel) => {
    if (!parts[channel]) return
    const patch = box(corner, tile, source.values.size, top, left, width)
    found.push(curve(patch, target, parts[channel] / most), frame(patch, "patch"))
  })
  own.forEach((column, at) => {
    if (filters && column.step === "relu") return
    found.push(frame(box(corner, column.tiles[cell.channel], column.values.size, cell.row, cell.column, 1), at ? "cell after" : "cell"))
  })
  return found
}

// Where some values of a map lie on the network, in pixels; of a bar, all of it.
function box(corner, { button, canvas }, size, top, left, width) {
  const map = (canvas ?? button).getBoundingClientRect()
  const [x, y] = [map.left - corner.left, map.top - corner.top]
  if (!canvas) return { x, y, width: map.width, height: map.height }
  const [first, end] = [(at) => Math.max(0, at), (at) => Math.min(size, at + width)]
  const pixel = map.width / size
  return {
    x: x + first(left) * pixel,
    y: y + first(top) * pixel,
    width: (end(left) - first(left)) * pixel,
    height: (end(top) - first(top)) * pixel,
  }
}

function frame({ x, y, width, height }, name) {
  const grown = name === "patch" ? 0 : Math.max(0, (7 - width) / 2) // a value of one pixel is framed all the same
  return shape("rect", { class: name, x: x - grown, y: y - grown, width: width + 2 * grown, height: height + 2 * grown, rx: 1 })
}

function curve(from, to, share) {
  const [x, y] = [from.x + from.width, from.y + from.height / 2]
  const [right, down] = [to.x, to.y + to.height / 2]
  const middle = (x + right) / 2
  const path = `M${x} ${y}C${middle} ${y} ${middle} ${down} ${right} ${down}`
  const [opacity, width] = [0.12 + 0.68 * share, 0.7 + 1.3 * share].map((number) => number.toFixed(2))
  return shape("path", { class: "tie", d: path, "stroke-opacity": opacity, "stroke-width": width })
}

function shape(name, attributes) {
  const node = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
  return node
}
