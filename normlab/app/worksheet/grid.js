// The sheet as a table: a click or an arrow key chooses a value, typing changes it, pasting replaces the sheet.
//
// In the exercise nothing here knows which cells share a mean: clicks, drags and the space bar mark some.
//
// What the reader does is shown at once and told to the page under a rising serial number. The page answers with the
// highest number it has seen; whatever is newer than that answer stays as the reader left it. A new session, for
// example after the server restarts, has seen nothing, so the sheet tells it again.

const sheets = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  if (!sheets.has(parentElement)) sheets.set(parentElement, newSheet(parentElement))
  const sheet = sheets.get(parentElement)
  sheet.tell = (message) => setTriggerValue("told", message)
  receive(sheet, data)
}

function newSheet(parent) {
  const root = parent.querySelector(".sheet")
  const sheet = { root, serial: 0, edits: [], marked: new Set(), cells: new Map(), layout: "" }
  root.addEventListener("pointerdown", (event) => beginMarks(sheet, event))
  root.addEventListener("pointermove", (event) => goOnMarking(sheet, event))
  for (const end of ["pointerup", "pointercancel"]) root.addEventListener(end, (event) => endMarks(sheet, event))
  root.addEventListener("click", (event) => onClick(sheet, event))
  root.addEventListener("dblclick", (event) => onCell(sheet, event, (cell) => edit(sheet, cell, null)))
  root.addEventListener("keydown", (event) => onKey(sheet, event))
  root.addEventListener("paste", (event) => onPaste(sheet, event))
  return sheet
}

function receive(sheet, data) {
  const fresh = sheet.data === undefined
  const isNewSession = !fresh && sheet.data.session !== data.session
  sheet.data = data
  sheet.edits = fresh ? [] : sheet.edits.filter((edit) => edit.serial > data.serial)
  if (fresh || data.serial >= sheet.serial) {
    if (sheet.chosen !== data.chosen.join()) sheet.focused = data.chosen.join()
    sheet.chosen = data.chosen.join()
    sheet.marked = new Set(data.marked?.map((place) => place.join()))
    sheet.serial = data.serial
  }
  const layout = JSON.stringify([data.shape, data.words])
  if (layout !== sheet.layout) build(sheet)
  sheet.layout = layout
  if (!sheet.cells.has(sheet.chosen)) sheet.chosen = data.chosen.join()
  if (!sheet.cells.has(sheet.focused)) sheet.focused = sheet.chosen
  sheet.root.classList.toggle("marking", isMarking(sheet))
  sheet.root.classList.toggle("projector", data.projector)
  sheet.root.firstChild.setAttribute("aria-multiselectable", String(isMarking(sheet)))
  paint(sheet)
  if (isNewSession && (sheet.edits.length || sheet.marked.size || sheet.chosen !== data.chosen.join())) say(sheet)
}

const isMarking = (sheet) => sheet.data.marked !== null

function build(sheet) {
  const [images, channels, height, width] = sheet.data.shape
  const { words } = sheet.data
  const table = document.createElement("table")
  const head = table.createTHead().insertRow()
  head.append(heading("", ""))
  head.append(...Array.from({ length: channels }, (_, c) => [gap(), named(heading(`${words.channel} ${c + 1}`, "col", width), `*,${c}`)]).flat())
  const body = table.createTBody()
  sheet.cells.clear()
  for (let n = 0; n < images; n++) {
    for (let h = 0; h < height; h++) {
      const row = body.insertRow()
      if (h === 0) row.append(named(heading(`${words.image} ${n + 1}`, "row", 1, height), `${n},*`))
      for (let c = 0; c < channels; c++) {
        row.append(gap())
        for (let w = 0; w < width; w++) {
          const cell = row.insertCell()
          cell.dataset.place = [n, c, h, w].join()
          cell.classList.toggle("first-row", h === 0)
          cell.append(document.createElement("span"))
          sheet.cells.set(cell.dataset.place, cell)
        }
      }
    }
  }
  table.setAttribute("role", "grid")
  table.setAttribute("aria-label", words.table)
  table.style.setProperty("--columns", channels * width)
  sheet.root.replaceChildren(table)
}

function gap() {
  const cell = document.createElement("td")
  cell.className = "gap"
  cell.setAttribute("role", "presentation")
  return cell
}

function named(cell, maps) {
  cell.dataset.maps = maps
  return cell
}

function heading(text, scope, columns = 1, rows = 1) {
  const cell = document.createElement(scope ? "th" : "td")
  if (scope) cell.scope = scope
  cell.className = `heading ${scope}`
  cell.colSpan = columns
  cell.rowSpan = rows
  cell.textContent = text
  return cell
}

function paint(sheet) {
  const { owners, texts, exact, words, color, ink } = sheet.data
  const [image, channel] = places(sheet.chosen)
  const marking = isMarking(sheet)
  sheet.root.style.setProperty("--norm", color)
  sheet.root.style.setProperty("--on-norm", ink)
  for (const [place, cell] of sheet.cells) {
    const [n, c, h, w] = places(place)
    const waiting = sheet.edits.findLast((edit) => edit.place === place)
    const shared = marking ? sheet.marked.has(place) : owners[n][c] === owners[image][channel]
    const chosen = place === sheet.chosen
    if (!cell.querySelector("input")) cell.firstChild.textContent = waiting ? waiting.text : texts[n][c][h][w]
    cell.classList.toggle("shared", shared)
    cell.classList.toggle("chosen", chosen && !marking)
    cell.classList.toggle("framed", chosen && marking)
    cell.tabIndex = place === (marking ? sheet.focused : sheet.chosen) ? 0 : -1
    cell.setAttribute("aria-selected", String(marking ? shared : chosen))
    const where = `${words.image} ${n + 1}, ${words.channel} ${c + 1}, ${words.row} ${h + 1}, ${words.column} ${w + 1}`
    const value = waiting ? waiting.text : exact[n][c][h][w]
    const about = [chosen && marking ? words.framed : "", shared ? (marking ? words.marked : words.shared) : ""]
    cell.setAttribute("aria-label", [`${where}: ${value}`, ...about.filter(Boolean)].join(", "))
    cell.title = `${where}: ${value}`
  }
}

const places = (text) => text.split(",").map(Number)

function say(sheet, extra = {}) {
  sheet.serial += 1
  for (const edit of sheet.edits) edit.serial ??= sheet.serial
  const edits = sheet.edits.map((edit) => ({ place: places(edit.place), text: edit.text }))
  const marked = isMarking(sheet) ? { marked: [...sheet.marked].map(places) } : {}
  sheet.tell({ serial: sheet.serial, chosen: places(sheet.chosen), edits, ...marked, ...extra })
}

function choose(sheet, cell) {
  if (cell.dataset.place !== sheet.chosen) {
    sheet.chosen = cell.dataset.place
    paint(sheet)
    say(sheet)
  }
  cell.focus()
}

function onCell(sheet, event, act) {
  const cell = event.target.closest("td[data-place]")
  if (cell && event.target.tagName !== "INPUT") act(cell)
}

function onClick(sheet, event) {
  if (isMarking(sheet)) return onMarkingClick(sheet, event)
  onCell(sheet, event, (cell) => {
    const again = cell.dataset.place === sheet.chosen && event.pointerType === "touch"
    if (again) edit(sheet, cell, null)
    else choose(sheet, cell)
  })
}

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }

function onKey(sheet, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (isMarking(sheet)) return onMarkingKey(sheet, event)
  onCell(sheet, event, (cell) => {
    if (STEPS[event.key]) move(sheet, cell, ...STEPS[event.key])
    else if (event.key === "Enter" || event.key === "F2") edit(sheet, cell, null)
    else if (/^[-+−.,\d]$/.test(event.key)) edit(sheet, cell, event.key)
    else return
    event.preventDefault()
  })
}

function move(sheet, cell, down, right) {
  const next = beside(sheet, cell, down, right)
  if (next) choose(sheet, next)
}

function beside(sheet, cell, down, right) {
  const [, channels, height, width] = sheet.data.shape
  const [n, c, h, w] = places(cell.dataset.place)
  const [line, column] = [n * height + h + down, c * width + w + right]
  if (column < 0 || column >= channels * width) return undefined
  const place = [Math.floor(line / height), Math.floor(column / width), line % height, column % width].join()
  return sheet.cells.get(place)
}

function edit(sheet, cell, typed) {
  if (!sheet.data.editable || cell.querySelector("input")) return
  choose(sheet, cell)
  const [n, c, h, w] = places(cell.dataset.place)
  const before = sheet.data.exact[n][c][h][w]
  const input = document.createElement("input")
  input.inputMode = "text" // an iPhone's keys for decimals have no minus sign
  input.value = typed ?? before
  input.setAttribute("aria-label", cell.getAttribute("aria-label"))
  cell.append(input)
  input.focus()
  if (typed === null) input.select()
  let done = false
  const finish = (keep) => {
    if (done) return
    done = true
    const text = input.value.trim()
    input.remove()
    if (keep && text !== "" && text !== before) {
      sheet.edits = [...sheet.edits.filter((other) => other.place !== cell.dataset.place), { place: cell.dataset.place, text }]
      say(sheet)
    }
    paint(sheet)
  }
  input.addEventListener("blur", () => finish(true))
  input.addEventListener("keydown", (event) => {
    event.stopPropagation()
    if (event.key !== "Enter" && event.key !== "Escape") return
    event.preventDefault()
    finish(event.key === "Enter")
    cell.focus()
    if (event.key === "Enter") move(sheet, cell, event.shiftKey ? -1 : 1, 0)
  })
}

function onPaste(sheet, event) {
  if (event.target.tagName === "INPUT" || !sheet.data.editable) return
  event.preventDefault()
  say(sheet, { pasted: event.clipboardData.getData("text/plain").slice(0, sheet.data.longest + 1) })
}

// ---- the exercise: the first cell of a drag says whether it marks or takes marks away

function mark(sheet, cell, isOn) {
  if (isOn) sheet.marked.add(cell.dataset.place)
  else sheet.marked.delete(cell.dataset.place)
  paint(sheet)
}

function beginMarks(sheet, event) {
  if (!isMarking(sheet) || event.button) return
  onCell(sheet, event, (cell) => {
    sheet.drag = { isOn: !sheet.marked.has(cell.dataset.place), before: new Set(sheet.marked) }
    sheet.focused = cell.dataset.place
    mark(sheet, cell, sheet.drag.isOn)
  })
}

function goOnMarking(sheet, event) {
  if (!sheet.drag) return
  const cell = sheet.root.getRootNode().elementFromPoint(event.clientX, event.clientY)?.closest("td[data-place]")
  if (cell && sheet.marked.has(cell.dataset.place) !== sheet.drag.isOn) mark(sheet, cell, sheet.drag.isOn)
}

function endMarks(sheet, event) {
  if (!sheet.drag) return
  if (event.type === "pointercancel") sheet.marked = sheet.drag.before // the finger scrolls the page
  sheet.drag = null
  paint(sheet)
  if (event.type === "pointerup") say(sheet)
}

// A heading stands for all its cells; a click without a pointer is a screen reader's.
function onMarkingClick(sheet, event) {
  const maps = event.target.closest("th[data-maps]")?.dataset.maps.split(",")
  if (maps) {
    const cells = [...sheet.cells.values()].filter(({ dataset }) => maps.every((map, axis) => map === "*" || map === dataset.place.split(",")[axis]))
    const isOn = cells.some(({ dataset }) => !sheet.marked.has(dataset.place))
    for (const cell of cells) mark(sheet, cell, isOn)
    say(sheet)
  } else if (!event.pointerType) onCell(sheet, event, (cell) => toggle(sheet, cell))
}

function toggle(sheet, cell) {
  mark(sheet, cell, !sheet.marked.has(cell.dataset.place))
  say(sheet)
}

function onMarkingKey(sheet, event) {
  onCell(sheet, event, (cell) => {
    if (STEPS[event.key]) {
      const next = beside(sheet, cell, ...STEPS[event.key])
      if (!next) return
      sheet.focused = next.dataset.place
      if (event.shiftKey) {
        mark(sheet, next, sheet.marked.has(cell.dataset.place))
        say(sheet)
      } else paint(sheet)
      next.focus()
    } else if (event.key === " " || event.key === "Enter") toggle(sheet, cell)
    else return
    event.preventDefault()
  })
}
