// The picture as a whole: what arrives, what is pointed at, and what is told.
//
// The browser keeps the weights of every epoch it was sent, by run, and asks for what it lacks. What the reader looks at is shown at once and told
// to the page a moment later; a page that says otherwise wins.

const MOST_KEPT = 64 // epochs' weights in memory, of 40 KB each
const ASK_AGAIN = 4_000 // ms: a request is lost while the browser is not connected
const TELL_AFTER = 400 // ms without another choice
const NARROW = 960 // pixels
const held = (window.normlabWeights ??= new Map()) // by version and epoch, newest last: as long as the tab is open
const pictures = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".lens-frame")
  if (!window.DecompressionStream) {
    root.textContent = "This browser is too old for the feature maps: it cannot unpack the network's weights."
    return
  }
  if (!pictures.has(parentElement)) pictures.set(parentElement, newPicture(root))
  const picture = pictures.get(parentElement)
  picture.tell = setTriggerValue
  receive(picture, data)
  return () => {
    picture.leave.abort()
    pictures.delete(parentElement)
  }
}

function newPicture(root) {
  const [bar, network, reading, said] = ["bar", "network", "reading", "said"].map((name) => element("div", name))
  said.setAttribute("aria-live", "polite")
  network.setAttribute("role", "group")
  root.replaceChildren(bar, network, reading, said)
  const leave = new AbortController()
  const picture = { root, bar, network, reading, said, leave, turn: 0, norm: 0, view: "training", filters: false, layout: "", told: "" }
  const { signal } = leave
  addEventListener("normlab-epoch", ({ detail }) => follow(picture, detail), { signal })
  network.addEventListener("pointermove", (event) => event.pointerType === "mouse" && point(picture, event))
  network.addEventListener("pointerleave", () => point(picture, null))
  network.addEventListener("click", (event) => onClick(picture, event))
  network.addEventListener("keydown", (event) => onKey(picture, event))
  network.addEventListener("focusin", (event) => onFocus(picture, event))
  reading.addEventListener("pointerdown", (event) => onZoom(picture, event))
  reading.addEventListener("pointermove", (event) => event.buttons && onZoom(picture, event))
  const watch = new ResizeObserver(() => picture.data && fit(picture))
  watch.observe(root)
  signal.addEventListener("abort", () => {
    watch.disconnect()
    clearTimeout(picture.asking)
    clearTimeout(picture.telling)
  })
  return picture
}

// ---- what arrives ----

function receive(picture, data) {
  const before = picture.data
  picture.data = data
  for (const [epoch, text] of Object.entries(data.weights)) hold(`${data.version} ${epoch}`, text, data.network)
  if (before?.neighbors !== data.neighbors) picture.around = data.neighbors ? inflated(data.neighbors) : Promise.resolve(new Uint8Array())
  if (before?.epoch !== data.epoch || before?.version !== data.version) picture.epoch = data.epoch
  if (before?.version !== data.version) picture.steps = undefined
  if (JSON.stringify(before?.colors) !== JSON.stringify(data.colors)) picture.palette = palette(data.colors)
  adopt(picture, JSON.stringify(data.look))
  fit(picture)
  refresh(picture)
}

function hold(name, text, network) {
  if (held.has(name)) return
  held.set(name, unpacked(text, network))
  if (held.size > MOST_KEPT) held.delete(held.keys().next().value)
}

// The page's word counts where it is news.
function adopt(picture, look) {
  if (look === picture.received) return
  picture.received = look
  if (look === picture.told) return
  const { view, cell, filters } = JSON.parse(look)
  Object.assign(picture, { view, filters, wished: cell })
}

// Builds what depends on the network and the screen's kind, if one of them has changed.
function fit(picture) {
  const { data, root } = picture
  const wide = root.clientWidth
  const mode = data.projector ? "projector" : wide && wide < NARROW ? "phone" : "page"
  const sizes = sizesOf(mode)
  const layout = JSON.stringify([sizes, foldOf(data.network.stages, sizes, wide), data.network, data.labels, data.opens, data.colors])
  if (layout !== picture.layout) {
    picture.layout = layout
    Object.assign(picture, { sizes, stages: stagesOf(data.network) })
    root.className = `lens-frame ${mode}`
    root.style.setProperty("--letters", `${sizes.letters}px`)
    buildBar(picture)
    buildNetwork(picture)
    buildLens(picture)
    if (picture.steps) repaint(picture)
  } else if (picture.way) markNetwork(picture)
}

// A player in this window is at another epoch.
function follow(picture, { run, epoch }) {
  if (!picture.data || run !== picture.data.run || epoch === picture.epoch) return
  picture.epoch = epoch
  refresh(picture)
}

const nearest = (kept, epoch) => kept.reduce((best, known) => (Math.abs(known - epoch) < Math.abs(best - epoch) ? known : best))

// Computes the maps of the epoch and view that are asked for, and paints them; what came too late is dropped.
async function refresh(picture) {
  const { data, view } = picture
  const turn = ++picture.turn
  const shown = nearest(data.kept, picture.epoch)
  const made = JSON.stringify([data.version, shown, view, data.image, data.neighbors])
  if (picture.steps && made === picture.made) return repaint(picture)
  const promised = held.get(`${data.version} ${shown}`)
  if (!promised) return ask(picture)
  const [weights, around] = await Promise.all([promised, picture.around])
  if (turn !== picture.turn) return
  const pixels = new Uint8Array(data.network.input ** 2 + around.length)
  pixels.set(bytes(data.image))
  pixels.set(around, data.network.input ** 2)
  const isAlone = !around.length && view === "training"
  const used = isAlone ? "test" : view // a batch of one image says nothing
  const steps = passed(picture.stages, data.network.input, weights, normalizedPixels(pixels, data.normalization), used)
  Object.assign(picture, { shown, weights, steps, used, made })
  repaint(picture)
}

// For the weights of all kept epochs, once; again if nothing comes.
function ask(picture) {
  const { data } = picture
  clearTimeout(picture.asking)
  picture.tell("wanted", data.run)
  picture.asking = setTimeout(() => {
    if (!held.has(`${picture.data.version} ${nearest(picture.data.kept, picture.epoch)}`)) ask(picture)
  }, ASK_AGAIN)
}

function repaint(picture) {
  paintBar(picture)
  paintNetwork(picture)
  const wished = cellOf(picture, picture.wished)
  picture.wished = ""
  picture.chosen = wished ?? known(picture, picture.chosen) ?? strongest(picture)
  if (wished) picture.network.scrollLeft = columnOf(picture, wished).node.offsetLeft - BESIDE
  look(picture, known(picture, picture.pointed) ?? picture.chosen)
  fillTable(picture)
  rove(picture)
}

// ---- cells ----

const columnOf = ({ columns }, { stage, step }) => columns.find((column) => column.stage.key === stage && column.step === step)

const textOf = ({ stage, step, channel, row, column }) => [stage, ...(step ? [step] : []), channel + 1, row + 1, column + 1].join(".")

function cellOf(picture, text) {
  if (!text) return null
  const parts = text.split(".")
  const [channel, row, column] = parts.slice(-3).map((part) => Number(part) - 1)
  return known(picture, { stage: parts[0], step: parts.length > 4 ? parts[1] : "", channel, row, column })
}

// The cell, if this network has it.
function known(picture, cell) {
  const own = cell && columnOf(picture, cell)
  const fits = (at, size) => Number.isInteger(at) && at >= 0 && at < size
  const isThere = own && fits(cell.channel, own.tiles.length) && fits(cell.row, own.stage.size) && fits(cell.column, own.stage.size)
  return isThere ? cell : null
}

function strongest(picture) {
  const { stage, step, values } = picture.columns[1]
  const area = values.size ** 2
  let best = 0
  for (let at = 1; at < values.channels * area; at++) if (values.values[at] > values.values[best]) best = at
  const [channel, place] = [Math.floor(best / area), best % area]
  return { stage: stage.key, step, channel, row: Math.floor(place / values.size), column: place % values.size }
}

// Show a value under the lens; what is only pointed at is not told.
function look(picture, cell) {
  const isSame = picture.cell?.stage === cell.stage && picture.cell.step === cell.step
  picture.cell = cell
  picture.way = wayOf(picture.stages, picture.weights, picture.steps, picture.used, cell)
  if (!isSame) picture.norm = Math.max(0, picture.way.norms.findIndex(({ norm }) => norm.key === cell.step))
  markNetwork(picture)
  paintLens(picture)
}

function choose(picture, cell) {
  picture.chosen = cell
  picture.pointed = null
  look(picture, cell)
  fillTable(picture)
  rove(picture)
  tellLook(picture)
}

// The keyboard comes to the network at the chosen value's map.
function rove(picture) {
  for (const map of picture.network.querySelectorAll("button.map")) map.tabIndex = -1
  columnOf(picture, picture.chosen).tiles[picture.chosen.channel].button.tabIndex = 0
}

function chooseNorm(picture, at) {
  picture.norm = at
  look(picture, picture.cell)
}

function tellLook(picture) {
  clearTimeout(picture.telling)
  picture.telling = setTimeout(() => {
    const look = { view: picture.view, cell: textOf(picture.chosen), filters: picture.filters }
    picture.told = JSON.stringify(look)
    picture.tell("looked", look)
  }, TELL_AFTER)
}

// ---- pointer ----

// The value under the pointer; by keyboard, the one in the chosen value's place.
function under(picture, event) {
  const button = event.target.closest?.("button.map")
  if (!button || !picture.steps) return null
  const { stage, step } = button.dataset
  const own = columnOf(picture, { stage, step })
  const channel = Number(button.dataset.channel)
  const size = own.stage.size
  const map = own.tiles[channel].canvas?.getBoundingClientRect()
  const isPointed = event.clientX !== undefined && !(event.type === "click" && event.detail === 0)
  if (!map || !isPointed) return { stage, step, channel, ...scaled(picture, size) }
  const at = (place, start, length) => Math.max(0, Math.min(size - 1, Math.floor(((place - start) / length) * size)))
  return { stage, step, channel, row: at(event.clientY, map.top, map.height), column: at(event.clientX, map.left, map.width) }
}

// The chosen place on a map of another size.
function scaled({ chosen, stages }, size) {
  const from = stages.find(({ key }) => key === chosen.stage).size
  const onto = (at) => Math.min(size - 1, Math.floor(((at + 0.5) * size) / from))
  return { row: onto(chosen.row), column: onto(chosen.column) }
}

// Follows the mouse, a frame at a time; back to the chosen value where it leaves.
function point(picture, event) {
  if (!picture.steps) return
  picture.pointed = event && under(picture, event)
  if (event && !picture.pointed) return
  picture.frame ??= requestAnimationFrame(() => {
    picture.frame = undefined
    const cell = known(picture, picture.pointed) ?? picture.chosen
    if (textOf(cell) !== textOf(picture.cell)) look(picture, cell)
  })
}

function onClick(picture, event) {
  const cell = under(picture, event)
  if (!cell) return
  choose(picture, cell)
  speak(picture)
}

function onZoom(picture, event) {
  const map = picture.lens && event.target.closest?.(".zoom")?.getBoundingClientRect()
  if (!map || !picture.steps) return
  event.preventDefault()
  const { size } = columnOf(picture, picture.chosen).stage
  const at = (place, start, length) => Math.max(0, Math.min(size - 1, Math.floor(((place - start) / length) * size)))
  choose(picture, { ...picture.chosen, row: at(event.clientY, map.top, map.height), column: at(event.clientX, map.left, map.width) })
}

// ---- keyboard ----

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }

// Arrows go from map to map; Enter goes into one, where they go from value to value; Escape comes out again.
function onKey(picture, event) {
  const button = event.target.closest?.("button.map")
  if (!button || !picture.steps || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key === "Enter" || event.key === " ") {
    const cell = under(picture, { target: button, detail: 0 })
    if (textOf({ ...picture.chosen, row: 0, column: 0 }) !== textOf({ ...cell, row: 0, column: 0 })) choose(picture, cell)
    inside(picture, columnOf(picture, cell).stage.size > 1)
  } else if (event.key === "Escape" && picture.isInside) inside(picture, false)
  else if (STEPS[event.key]) (picture.isInside ? step : stride)(picture, event.key)
  else return
  event.preventDefault()
  event.stopPropagation()
  speak(picture)
}

function inside(picture, isInside) {
  picture.isInside = isInside
  picture.root.classList.toggle("inside", isInside)
}

// To the next value.
function step(picture, key) {
  const [down, right] = STEPS[key]
  const cell = { ...picture.chosen, row: picture.chosen.row + down, column: picture.chosen.column + right }
  if (known(picture, cell)) choose(picture, cell)
  speak(picture)
}

// To the next map: to the next channel, or to the column beside at the same height.
function stride(picture, key) {
  const [down, right] = STEPS[key]
  const { columns, chosen } = picture
  const at = columns.indexOf(columnOf(picture, chosen))
  const own = columns[Math.max(1, Math.min(columns.length - 1, at + right))]
  const share = (chosen.channel + 0.5) / columns[at].tiles.length
  const beside = right && own !== columns[at] ? Math.floor(share * own.tiles.length) : chosen.channel
  const channel = Math.max(0, Math.min(own.tiles.length - 1, beside + down))
  choose(picture, { stage: own.stage.key, step: own.step, channel, ...scaled(picture, own.stage.size) })
  own.tiles[channel].button.focus()
}

function onFocus(picture, event) {
  const button = event.target.closest?.("button.map")
  if (!button || !button.matches(":focus-visible")) return
  inside(picture, false)
}

function speak(picture) {
  const { cell } = picture
  const own = columnOf(picture, cell)
  const where = [nameOf(own, cell.channel), placeOf(own, cell)].filter(Boolean).join(", ")
  const shown = picture.way.norms[picture.norm]
  const how = picture.isInside ? "Arrow keys go to other values, Escape to other maps." : ""
  const words = [`${where}: ${told(valueAt(own.values, cell))}.`, shown ? sharers(picture, shown) : "", how]
  picture.said.textContent = words.filter(Boolean).join(" ")
}

// ---- the bar above ----

function buildBar(picture) {
  const { bar, data } = picture
  const [epoch, legend] = [element("span", "epoch"), element("span", "legend")]
  const views = element("span", "views")
  views.setAttribute("role", "group")
  views.setAttribute("aria-label", "Which statistics")
  const buttons = [["training", "Training"], ["test", "Test"]].map(([view, name]) => {
    const button = toggle(name, () => switchTo(picture, { view }))
    button.dataset.view = view
    return button
  })
  views.append(...buttons)
  const filters = toggle("Filters", () => switchTo(picture, { filters: !picture.filters }))
  legend.append(swatch("var(--ink)", "after ReLU"))
  for (const norm of Object.values(data.network.norms)) legend.append(swatch(data.colors.norms[norm.key].color, `after ${norm.name}`))
  const choices = element("span", "choices")
  choices.append(views, filters)
  bar.replaceChildren(epoch, legend, element("span", "settings", data.settings), element("span", "hint", "Point at any value."), choices)
  picture.controls = { epoch, buttons, filters }
}

function toggle(name, act) {
  const button = element("button", "", name)
  button.type = "button"
  button.onclick = act
  return button
}

function swatch(color, name) {
  const node = element("span", "entry", name)
  node.style.setProperty("--own", color)
  return node
}

function paintBar(picture) {
  const { controls, shown, epoch, used, filters, data } = picture
  const when = shown ? `After epoch ${shown}` : "Before training"
  controls.epoch.textContent = shown === epoch ? when : `${when}, kept nearest to ${epoch}`
  for (const button of controls.buttons) {
    button.setAttribute("aria-pressed", button.dataset.view === used)
    button.disabled = button.dataset.view === "training" && !data.neighbors
    button.title = button.disabled ? data.missing : ""
  }
  controls.filters.setAttribute("aria-pressed", filters)
}

function switchTo(picture, change) {
  Object.assign(picture, change)
  if (change.view) refresh(picture)
  else repaint(picture)
  tellLook(picture)
}
