// The lens: the map of a value, the patch and the filter that made it, and for each norm of its block the values that
// share its mean and variance, with all numbers; and the same as a table.

// ---- building ----

function buildLens(picture) {
  const lens = element("div", "lens")
  const [where, made, shared] = ["where", "made", "shared"].map((name) => element("section", name))
  lens.append(where, made, shared)

  const zoom = element("div", "zoom")
  const map = element("canvas")
  const mark = element("span", "mark")
  zoom.append(map, mark)
  const [name, place, here, steer] = [element("p", "step"), element("p", "value"), element("p", "value"), element("div", "steer")]
  for (const [sign, key, label] of STEERS) {
    const button = element("button", "", sign)
    button.type = "button"
    button.setAttribute("aria-label", label)
    button.onclick = () => step(picture, key)
    steer.append(button)
  }
  where.append(name, zoom, place, here, steer)

  const pairs = element("canvas")
  const [title, sum, relu] = [element("p", "step"), element("p"), element("p")]
  made.append(title, pairs, sum, relu)

  const tabs = element("div", "tabs")
  const [body, batch, aside] = [element("div", "body"), element("canvas"), element("div", "aside")]
  const [numbers, axes] = [element("div", "numbers"), element("p", "axes")]
  aside.append(numbers, axes)
  body.append(batch, aside)
  shared.append(tabs, body)

  const { pairs: least, batch: most, zoom: side } = picture.sizes // places, before anything is painted
  fresh(pairs, ...least)
  fresh(batch, ...most)
  lens.style.setProperty("--zoom", `${side}px`)
  lens.style.setProperty("--batch", `${most[1]}px`)
  picture.lens = { lens, zoom, map, mark, name, place, here, pairs, title, sum, relu, tabs, batch, axes, numbers, drawn: "" }
  const details = element("details")
  const summary = element("summary", "", "These numbers as a table")
  picture.table = element("div", "table")
  Object.assign(picture.table, { tabIndex: 0, role: "region", ariaLabel: "These numbers as a table" }) // it scrolls
  details.append(summary, picture.table)
  picture.reading.replaceChildren(lens, details)
}

const STEERS = [
  ["←", "ArrowLeft", "Value to the left"],
  ["↑", "ArrowUp", "Value above"],
  ["↓", "ArrowDown", "Value below"],
  ["→", "ArrowRight", "Value to the right"],
]

// ---- painting ----

function paintLens(picture) {
  const { lens, way, cell } = picture
  paintWhere(picture)
  paintMade(picture)
  lens.lens.style.setProperty("--lit", picture.place.style.getPropertyValue("--lit"))
  paintTabs(picture)
  const shown = way.norms[picture.norm]
  lens.lens.dataset.lit = shown ? litCount(shown, way, picture) : 0
  lens.numbers.replaceChildren(...lines(picture, shown).map(([name, ...parts]) => line(name, parts)))
  paintBatch(picture, shown, cell)
}

function paintWhere(picture) {
  const { lens, cell } = picture
  const own = columnOf(picture, cell)
  const isMap = own.stage.key !== "head"
  lens.name.textContent = isMap ? `${own.stage.name}, channel ${cell.channel + 1}` : nameOf(own, cell.channel)
  put(lens.map, mapOf(own, cell.channel))
  const share = 100 / own.values.size
  Object.assign(lens.mark.style, { left: `${cell.column * share}%`, top: `${cell.row * share}%`, width: `${share}%`, height: `${share}%` })
  lens.place.textContent = placeOf(own, cell)
  const kind = own.name || (isMap ? "value" : "before log-softmax")
  lens.here.replaceChildren(`${kind}: `, element("b", "", told(valueAt(own.values, cell))))
}

const placeOf = ({ stage }, { row, column }) => (stage.size > 1 ? `row ${row + 1}, column ${column + 1}` : "")

function paintMade(picture) {
  const { lens, way } = picture
  const [wide, high] = picture.sizes.pairs
  const context = fresh(lens.pairs, wide, high)
  if (isPool(way.stage)) {
    const size = way.patch.length
    lens.title.textContent = `Patch of ${way.stage.kernel}×${way.stage.kernel}`
    drawPatch(context, picture, way.patch, way.stage.kernel, 0, 0, Math.min(high / way.stage.kernel, wide / way.stage.kernel), size <= 4)
    lens.sum.textContent = `The ${way.stage.kind === "max" ? "largest" : "mean"} of ${size}: ${told(way.output)}`
    lens.relu.textContent = ""
    return
  }
  const products = way.kernel.length
  lens.title.textContent = "Patch × filter"
  drawPairs(context, picture, wide, high)
  const bias = way.bias === undefined ? "" : ` + bias ${told(way.bias)}`
  lens.sum.replaceChildren(`${counted(products, "product")}${bias}: sum `, element("b", "", told(way.sum)))
  if (way.stage.kind === "block") lens.relu.replaceChildren(`ReLU: max(0, ${told(way.sum)}) = `, element("b", "", told(way.relu)))
  else lens.relu.textContent = "No ReLU here."
}

// Patches above their filters, an input a column; of a single input side by side, with the numbers.
function drawPairs(context, picture, wide, high) {
  const { way } = picture
  const k = way.stage.kernel
  const inputs = way.parts.length
  if (inputs === 1) {
    const unit = Math.floor(Math.min(high / k, (wide - 24) / (2 * k)))
    drawPatch(context, picture, way.patch, k, 0, 0, unit, true)
    drawFilter(context, picture, way.kernel, k, k * unit + 24, 0, unit, true)
    context.fillStyle = picture.data.colors.ink
    letters(context, picture, 1.2)
    context.fillText("×", k * unit + 12, (k * unit) / 2)
    return
  }
  const { unit, across } = fitting(inputs, k, wide, high)
  for (let input = 0; input < inputs; input++) {
    const [x, y] = [(input % across) * (k * unit + unit), Math.floor(input / across) * (2 * k * unit + 2 + unit)]
    drawPatch(context, picture, way.patch.subarray(input * k * k, (input + 1) * k * k), k, x, y, unit, false)
    drawFilter(context, picture, way.kernel.subarray(input * k * k, (input + 1) * k * k), k, x, y + k * unit + 2, unit, false)
  }
}

// The largest unit with which all pairs find their place.
function fitting(inputs, k, wide, high) {
  for (let unit = Math.floor(high / (2 * k)); unit > 1; unit--) {
    const across = Math.max(1, Math.floor((wide + unit) / (k * unit + unit)))
    const rows = Math.ceil(inputs / across)
    if (rows * (2 * k * unit + 2 + unit) - unit <= high) return { unit, across: Math.ceil(inputs / rows) }
  }
  return { unit: 1, across: inputs }
}

function drawPatch(context, picture, values, k, x, y, unit, hasNumbers) {
  const { scale } = picture.columns.find(({ stage, step }) => stage.key === picture.way.source.stage && step === picture.way.source.step)
  drawCells(context, picture, values, k, x, y, unit, scale, hasNumbers)
}

function drawFilter(context, picture, values, k, x, y, unit, hasNumbers) {
  const kernel = picture.weights[`${weightsOf(picture.way.stage)}.weight`]
  const most = kernel.reduce((largest, weight) => Math.max(largest, Math.abs(weight)), 0) || 1
  drawCells(context, picture, values, k, x, y, unit, { low: -most, high: most, table: picture.palette.signs }, hasNumbers)
}

function drawCells(context, picture, values, k, x, y, unit, scale, hasNumbers) {
  stamp(context, pictureOf(values, 0, k, scale), x, y, k * unit)
  context.strokeStyle = picture.data.colors.faint
  context.lineWidth = 1
  context.strokeRect(x + 0.5, y + 0.5, k * unit - 1, k * unit - 1)
  if (!hasNumbers) return
  letters(context, picture, 1)
  values.forEach((value, at) => {
    const level = Math.round(((value - scale.low) / (scale.high - scale.low)) * (LEVELS - 1))
    const color = scale.table[Math.max(0, Math.min(LEVELS - 1, level))] ?? 0
    const isDark = 0.3 * (color & 255) + 0.6 * ((color >> 8) & 255) + 0.1 * ((color >> 16) & 255) < 128
    context.fillStyle = isDark ? "#FFFFFF" : "#171614"
    context.fillText(signed(value.toFixed(2)), x + ((at % k) + 0.5) * unit, y + (Math.floor(at / k) + 0.5) * unit, unit - 2)
  })
}

function letters(context, picture, share) {
  context.font = `${picture.sizes.letters * share}px ${getComputedStyle(picture.root).fontFamily}`
  context.textAlign = "center"
  context.textBaseline = "middle"
}

function paintTabs(picture) {
  const { lens, way } = picture
  const names = way.norms.map(({ norm }) => norm.name).join()
  if (lens.tabs.dataset.names !== names) lens.tabs.replaceChildren(...tabsOf(picture))
  lens.tabs.dataset.names = names
  ;[...lens.tabs.querySelectorAll("button")].forEach((tab, at) => tab.setAttribute("aria-pressed", at === picture.norm))
}

// The block's norms, to choose one if there are several.
function tabsOf(picture) {
  const { norms } = picture.way
  if (!norms.length) return [element("span", "step tab none", "No norm here")]
  return norms.map(({ norm }, at) => {
    const tab = norms.length > 1 ? toggle(norm.name, () => chooseNorm(picture, at)) : element("span", "", norm.name)
    tab.className = "step tab"
    tab.style.setProperty("--own", picture.data.colors.norms[norm.key].color)
    return tab
  })
}

// ---- the numbers ----

function litCount({ lit }, way, picture) {
  const size = way.stage.size ** 2
  return lit.images.slice(0, picture.steps[0].count).filter(Boolean).length * lit.channels.filter(Boolean).length * size
}

// Who shares what, in words.
function sharers(picture, shown) {
  const { way } = picture
  const all = litCount(shown, way, picture)
  if (!all) return "No value here counts: mean and variance are remembered."
  const [images, maps] = [shown.lit.images, shown.lit.channels].map((lit) => lit.filter(Boolean).length)
  const factors = [counted(images, "image"), counted(maps, "channel"), counted(way.stage.size ** 2, "place")]
  return `${counted(all, "value")} share this ${shown.norm.statistics.join(" and ")}: ${factors.join(" × ")}.`
}

function lines(picture, shown) {
  if (!shown) return [["who", "The value goes on as it is, in training and in test."]]
  const { way } = picture
  const { norm, x, center, spread, hat, gamma, beta, output: result } = shown
  const [own, other] = [(text) => element("b", "", text), (text) => element("b", "shared", text)]
  const found = norm.centers
    ? ["mean μ = ", other(told(center)), "   variance σ² = ", other(told(spread))]
    : ["mean square = ", other(told(spread))]
  const distance = norm.centers ? ["(", own(told(x)), center < 0 ? " + " : " − ", other(told(Math.abs(center))), ")"] : [own(told(x))]
  const offset = norm.parameters.length > 1 ? `${beta < 0 ? " − " : " + "}${told(Math.abs(beta))}` : ""
  const scaled = norm.parameters.length > 1 ? "γ · x̂ + β" : "γ · x̂"
  const last = picture.norm === way.norms.length - 1
  return [
    ["who", sharers(picture, shown)],
    ["found", ...found],
    ["sum", ...distance, " ÷ √(", other(told(spread)), " + 10⁻⁵) = ", own(told(hat))],
    ["sum", `${scaled} = ${told(gamma)} · ${told(hat)}${offset} = `, own(told(result))],
    ["check", last ? agreement(way) : `The next norm takes ${told(result)}.`],
  ]
}

// What the lens has computed for itself, against what the layer put out.
function agreement({ output: found, layer }) {
  const off = Math.abs(found - layer)
  if (off <= 2e-6 * Math.max(1, Math.abs(layer))) return `✓ The layer's output, to float precision.`
  return `The layer's output is ${told(layer)}: ${told(off)} away.`
}

function line(name, parts) {
  const node = element("p", name)
  node.append(...parts)
  return node
}

// ---- the batch ----

// Images are columns, this one first; channels are rows. Maps that share the statistic are lit.
function paintBatch(picture, shown, cell) {
  const { lens, steps, sizes, data, palette, columns, way } = picture
  const [wide, high] = sizes.batch
  const [count, gap] = [steps[0].count, 5]
  const tile = Math.floor(Math.min((wide - gap) / count, (high - gap) / (way.stage.channels + 1), high / 10))
  const drawn = JSON.stringify([sizes, cell.stage, cell.channel, picture.norm, data.colors])
  if (drawn === lens.drawn && steps === lens.steps) return
  Object.assign(lens, { drawn, steps })
  const left = (at) => at * tile + (at ? gap : 0)
  const context = fresh(lens.batch, wide, high)
  lens.batch.parentElement.classList.toggle("bare", !shown)
  lens.batch.setAttribute("role", "img")
  lens.batch.setAttribute("aria-label", shown ? sharers(picture, shown) : "No norm here.")
  lens.axes.textContent = shown ? note(picture, shown) : ""
  if (!shown) return
  const input = columns[columns.findIndex(({ stage }) => stage.key === cell.stage) + picture.norm]
  const { size, channels, values } = input.values
  const { lit: table } = palette
  for (let at = 0; at < count; at++) {
    stamp(context, pictureOf(steps[0].values, at * steps[0].size ** 2, steps[0].size, picture.columns[0].scale), left(at), 0, tile - 1)
    for (let channel = 0; channel < channels; channel++) {
      const isLit = shown.lit.images[at] && shown.lit.channels[channel]
      const scale = isLit ? { ...input.scale, table: table[shown.norm.key] } : input.scale
      const [x, y] = [left(at), tile + gap + channel * tile]
      context.globalAlpha = isLit ? 1 : 0.6
      stamp(context, pictureOf(values, (at * channels + channel) * size ** 2, size, scale), x, y, tile - 1)
    }
  }
  context.globalAlpha = 1
  context.strokeStyle = data.colors.ink
  context.lineWidth = 2
  context.strokeRect(0, tile + gap + cell.channel * tile - 0.5, tile, tile)
}

function note(picture, { norm, lit }) {
  const { data, steps, view } = picture
  const around = steps[0].count - 1
  const columns = around ? `Columns: this image, then the first ${counted(around, "training image")}. Rows: channels.` : "Rows: channels."
  if (norm.remembers) return view === "test" ? `${columns} The memory was made in training.` : `${columns} Dropout is off.`
  return `${columns} The same in training and test.`
}

// ---- the table ----

function fillTable(picture) {
  const { way, cell } = picture
  const table = element("table")
  const own = columnOf(picture, cell)
  const facts = [nameOf(own, cell.channel), placeOf(own, cell), `${picture.used} view`, `after epoch ${picture.shown}`]
  table.createCaption().textContent = facts.filter(Boolean).join(", ")
  const body = table.createTBody()
  const row = (name, value) => {
    const line = body.insertRow()
    const head = element("th", "", name)
    head.scope = "row"
    line.append(head, element("td", "", value))
  }
  const list = (values) => [...values].map(exact).join("  ")
  const k = way.stage.kernel ** 2
  if (!way.parts) {
    row("Patch", list(way.patch))
  } else {
    way.parts.forEach((part, input) => {
      const name = way.parts.length > 1 ? `, input ${input + 1}` : ""
      row(`Patch${name}`, list(way.patch.subarray(input * k, (input + 1) * k)))
      row(`Filter${name}`, list(way.kernel.subarray(input * k, (input + 1) * k)))
      row(`Sum of products${name}`, exact(part))
    })
    if (way.bias !== undefined) row("Bias", exact(way.bias))
    row("Sum", exact(way.sum))
    if (way.stage.kind === "block") row("After ReLU", exact(way.relu))
  }
  for (const shown of way.norms) {
    const { norm, center, spread, hat, gamma, beta, output: result } = shown
    row(norm.name, sharers(picture, shown))
    if (norm.centers) row("Mean μ", exact(center))
    row(norm.centers ? "Variance σ²" : "Mean square", exact(spread))
    row("Normalized x̂", exact(hat))
    row("Scale γ", exact(gamma))
    if (norm.parameters.length > 1) row("Offset β", exact(beta))
    row(`After ${norm.name}`, exact(result))
  }
  row("Result", exact(way.output))
  row("The layer's output", exact(way.layer))
  row("Difference", exact(way.output - way.layer))
  picture.table.replaceChildren(table)
}
