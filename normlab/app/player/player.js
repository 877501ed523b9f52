// Recorded epochs, played in the browser from data that are sent once; nothing is asked of the server meanwhile.
//
// `t` is the time in epochs, a fraction between two of them. A player is resting, playing, or asking for a bet. When it
// rests it tells the page what it shows, under a rising serial number; what the page sends changes that only under a
// higher one. player.py describes the data.

const SVG = "http://www.w3.org/2000/svg"
const FIRST_BEAT = 0.6 // seconds before the first epoch
const TO_THE_BET = 0.7 // seconds an epoch until then
const AFTER_IT = 5 // seconds for all others
const WHOLE = 6.5 // seconds for a play without a bet
const SLOWEST = 0.7 // seconds an epoch
const THINK = 3 // seconds for a bet
const SPEEDS = [1, 2, 0.5]
const LONGEST_FRAME = 0.1 // seconds; a tab that was hidden goes on where it was
const NEARLY = 1e-6
const SETTLE = 250 // ms in which a slider that moves on is not told yet

const SIZES = {
  phone: { left: 44, right: 104, top: 12, bottom: 22, gap: 16, head: 5 },
  laptop: { left: 48, right: 150, top: 12, bottom: 24, gap: 19, head: 6 },
  projector: { left: 96, right: 260, top: 24, bottom: 44, gap: 40, head: 12 },
}
const NARROW = 620 // pixels

const players = new WeakMap()
const shows = new Map() // by version, what was sent: courses and runs
const MOST_KEPT = 8

export default function ({ data, parentElement, setTriggerValue }) {
  if (!players.has(parentElement)) players.set(parentElement, newPlayer(parentElement))
  const player = players.get(parentElement)
  player.send = (message) => setTriggerValue("rested", message)
  const { version, course, run } = data
  if (course || run) keep(version, { course, run })
  if (shows.has(version)) receive(player, { ...data, ...shows.get(version) })
  else setTriggerValue("wanted", version)
  return () => {
    player.end.abort()
    cancelAnimationFrame(player.frame)
    clearTimeout(player.settling)
    for (const watch of [player.resized, player.seen]) watch.disconnect()
    players.delete(parentElement)
  }
}

// What the page sends

function keep(version, show) {
  shows.delete(version)
  shows.set(version, show)
  if (shows.size > MOST_KEPT) shows.delete(shows.keys().next().value)
}

function receive(player, data) {
  const before = player.data
  player.data = data
  player.root.classList.toggle("grows", Boolean(data.run?.grows))
  player.find("transport").inert = Boolean(data.run?.grows)
  player.root.classList.toggle("projector", Boolean(data.projector))
  player.root.classList.toggle("race", Boolean(data.course))
  player.root.classList.add("ready")
  const isAnother = before?.version !== data.version
  if (isAnother || data.serial > player.serial) {
    player.serial = data.serial
    player.told = undefined
    player.state = { ...data.state }
    player.asked = data.state.epoch !== null
    stop(player)
    stage(player)
    player.isTold = true
    go(player, data.state.epoch ?? 0)
    player.isTold = false
    player.waits = data.state.epoch === null && !isCalm()
    if (player.waits && player.inSight) begin(player)
  } else if (before.dark !== data.dark || before.projector !== data.projector) {
    stage(player)
    go(player, player.t)
  }
}

function newPlayer(parent) {
  const root = parent.querySelector(".player")
  const find = (name) => root.querySelector(`.${name}`)
  const player = { root, find, state: {}, t: 0, mode: "resting", serial: -1, speed: 1, shown: null, end: new AbortController() }
  const { signal } = player.end
  const isStaged = () => player.scene // before what it shows has arrived, nothing can be asked of it
  const on = (target, event, act) => target.addEventListener(event, (given) => isStaged() && act(given), { signal })
  on(find("play"), "click", () => toggle(player))
  on(find("back"), "click", () => step(player, -1))
  on(find("on"), "click", () => step(player, 1))
  on(find("speed"), "click", () => changeSpeed(player))
  on(find("next"), "click", () => otherLap(player))
  on(find("lag"), "click", () => {
    explain(player, !player.explains)
    draw(player)
    talk(player)
  })
  on(find("slider"), "input", () => scrub(player))
  on(find("slider"), "change", () => rest(player))
  on(find("bet"), "click", (event) => event.target.closest("button") && bet(player, event.target.closest("button").value))
  for (const name of ["steps", "rivals"]) on(find(name), "click", (event) => choose(player, name, event))
  for (const wall of root.querySelectorAll(".wall")) on(wall, "pointerover", (event) => nameCell(player, event))
  on(root, "keydown", (event) => onKey(player, event))
  on(window, "normlab-step", (event) => onStep(player, event))
  player.resized = new ResizeObserver(() => isStaged() && (measure(player), draw(player)))
  player.resized.observe(find("chart"))
  player.seen = new IntersectionObserver(([entry]) => {
    player.inSight = entry.isIntersecting
    if (player.inSight && player.waits) begin(player)
  }, { threshold: 0.2 })
  player.seen.observe(root)
  return player
}

const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches

// What is on

function race({ data, state }) {
  const { races } = data.course
  return (
    races.find((one) => one.lap === state.lap && one.rival === state.rival && (one.lap === 2 || one.step === state.step)) ??
    races.find((one) => one.rival === state.rival) ??
    races[0]
  )
}

// Build what stays while the epochs go by.
function stage(player) {
  const { data, state, find } = player
  if (data.course) {
    const one = race(player)
    Object.assign(state, { rival: one.rival, lap: one.lap, step: one.lap === 1 ? one.step : state.step })
    const lanes = [one.left, one.right].map((key) => data.course.lanes[key])
    const tracks = lanes.map((lane) => ({ ...lane, color: data.colors[lane.norm], ink: data.inks[lane.norm] }))
    const asks = one.lap === 1 && !state.bet && !player.asked ? data.course.asks : null
    player.scene = { ...one, tracks, epochs: data.course.epochs, asks, domain: [0, 100], unit: "%" }
    buildWalls(player)
    buildChoices(player)
  } else player.scene = { asks: null, ...data.run }
  const { scene } = player
  const slider = find("slider")
  slider.max = scene.epochs
  slider.step = "any"
  const title = find("title")
  title.textContent = scene.title
  title.setAttribute("aria-level", data.course ? "1" : "2") // a race is the page, a run is a part of it
  player.root.setAttribute("aria-label", `${scene.title} ${data.words.keys}`)
  buildChart(player)
  measure(player)
  player.shown = null
}

function buildWalls(player) {
  const { data: { course }, scene, root } = player
  const rows = course.labels.length / course.columns
  if (player.image !== course.image) {
    player.image = course.image
    const size = `${100 * course.columns}% ${100 * rows}%`
    root.querySelector(".sheet").textContent = `.cell::before { mask: url(${course.image}) var(--x) var(--y) / ${size} no-repeat; }`
    for (const wall of root.querySelectorAll(".wall")) {
      wall.replaceChildren(
        ...[...course.labels].map((_, index) => {
          const cell = document.createElement("i")
          const [column, row] = [index % course.columns, Math.floor(index / course.columns)]
          cell.className = "cell"
          cell.style.setProperty("--x", `${(100 * column) / (course.columns - 1)}%`)
          cell.style.setProperty("--y", rows > 1 ? `${(100 * row) / (rows - 1)}%` : "0")
          cell.style.setProperty("--late", `${14 * column + 22 * row}ms`)
          return cell
        }),
      )
    }
  }
  root.querySelectorAll(".side").forEach((side, at) => {
    const { name, color, ink, step } = scene.tracks[at]
    side.style.setProperty("--lit", color)
    side.style.setProperty("--lit-ink", ink)
    side.querySelector(".who").textContent = name
    side.querySelector(".own").textContent = scene.lap === 2 ? player.data.words.own.replace("{}", step) : ""
  })
}

function buildChoices(player) {
  const { data: { course, words }, state, scene, find } = player
  const can = (rival, step) => course.races.some((one) => one.lap === 1 && one.rival === rival && one.step === step)
  const button = (value, text, title, isOn, isThere) => {
    const node = document.createElement("button")
    Object.assign(node, { type: "button", value, textContent: text, title, disabled: !isThere })
    node.setAttribute("aria-pressed", String(isOn))
    return node
  }
  const isFirst = scene.lap === 1
  fill(find("steps"), course.steps.map((step) => button(step, step, words.stepHelp, isFirst && step === state.step, can(state.rival, step))))
  fill(find("rivals"), course.rivals.map(({ key, name, help }) => button(key, name, help, key === state.rival, true)))
  for (const node of find("rivals").querySelectorAll("button")) node.style.setProperty("--of", player.data.colors[node.value])
  const ask = find("bet").querySelectorAll("button")
  ask.forEach((node, at) => {
    node.textContent = scene.bets[node.value]
    node.style.setProperty("--of", scene.tracks[at]?.color ?? "")
    node.style.setProperty("--on", scene.tracks[at]?.ink ?? "")
  })
  const other = course.races.find((one) => one.lap === 2 && one.rival === state.rival)
  const isSame = isFirst && (!other || (other.left === scene.left && other.right === scene.right))
  find("next").classList.toggle("absent", isSame)
  const lags = scene.tracks.some((track) => track.batch)
  find("lag").classList.toggle("absent", !lags)
  if (!lags) explain(player, false)
  find("all").href = scene.compare
}

// Buttons are kept where nothing but their state differs, so that the one in use keeps the focus.
function fill(place, nodes) {
  const group = place.querySelector(".buttons")
  const old = [...group.children]
  if (old.length === nodes.length && old.every((node, at) => node.value === nodes[at].value)) {
    old.forEach((node, at) => {
      node.disabled = nodes[at].disabled
      node.setAttribute("aria-pressed", nodes[at].getAttribute("aria-pressed"))
    })
  } else group.replaceChildren(...nodes)
}

// The chart

function buildChart(player) {
  const { scene, find } = player
  const chart = find("lines")
  const grid = make("g", "grid")
  const lines = scene.tracks.map((track) => colored(make("polyline", track.dash ? "line dashed" : "line"), track.color))
  const batches = scene.tracks.map((track) => colored(make("polyline", "line batch"), track.color))
  const finals = scene.tracks.map((track) => colored(make("g", "finals"), track.color))
  const heads = scene.tracks.map((track) => colored(make("circle", "head"), track.color))
  const labels = scene.tracks.map((track) => colored(make("text", "label"), track.color))
  const mark = make("text", "label mark")
  player.chart = { grid, lines, batches, finals, heads, labels, mark }
  chart.replaceChildren(grid, ...batches, ...lines, ...finals, ...heads, ...labels, mark)
}

function measure(player) {
  const { scene, find, chart, root } = player
  const box = find("chart").getBoundingClientRect()
  const size = SIZES[player.data.projector ? "projector" : box.width < NARROW ? "phone" : "laptop"]
  const { left, top } = size
  const [right, bottom] = [Math.max(box.width - size.right, left + 40), box.height - size.bottom]
  const [low, high] = scene.domain
  player.place = {
    ...size,
    right,
    bottom,
    x: (epoch) => left + ((right - left) * epoch) / scene.epochs,
    y: (value) => bottom - ((bottom - top) * (value - low)) / (high - low),
  }
  const { x, y } = player.place
  const number = (value) => `${value}${value === high && scene.unit === "%" ? " %" : ""}`
  const rules = [low, (low + high) / 2, high].flatMap((value) => [
    make("line", value === low ? "floor" : "", { x1: left, x2: right, y1: y(value), y2: y(value) }),
    text(number(value), { x: left - 8, y: y(value), class: "value" }),
  ])
  const every = Math.max(1, Math.ceil(scene.epochs / 5))
  const ticks = Array.from({ length: Math.floor(scene.epochs / every) + 1 }, (_, at) => at * every)
  const times = ticks.map((epoch) => text(String(epoch), { x: x(epoch), y: bottom + size.bottom * 0.78, class: "time" }))
  chart.grid.replaceChildren(...rules, ...times)
  scene.tracks.forEach((track, at) => {
    chart.heads[at].setAttribute("r", size.head)
    const dots = (track.finals ?? []).map((value) => make("circle", "", { cx: right, cy: y(value), r: size.head * 0.75 }))
    chart.finals[at].replaceChildren(...dots)
  })
  root.style.setProperty("--bet-left", `${x(player.data.course?.asks ?? 0) + 6 * size.gap}px`)
  root.style.setProperty("--plot-left", `${left}px`)
  root.style.setProperty("--plot-right", `${box.width - right}px`)
}

function valueAt(values, t) {
  const before = Math.floor(t + NEARLY)
  const [from, to] = [values[before], values[before + 1]]
  return t - before < NEARLY || to === undefined || from == null ? from : to == null ? undefined : from + (to - from) * (t - before)
}

// All points up to `t`; a track that stops earlier stays there.
function pointsUntil(values, t) {
  const whole = values.slice(0, Math.floor(t + NEARLY) + 1).map((value, epoch) => [epoch, value])
  const now = valueAt(values, t)
  return [...whole, [t, now]].filter(([, value]) => value != null)
}

function drawChart(player) {
  const { scene, t, chart, place, state } = player
  const { x, y } = place
  const line = (points) => points.map(([epoch, value]) => `${x(epoch).toFixed(1)},${y(value).toFixed(1)}`).join(" ")
  const texts = []
  const isOver = t > scene.epochs - NEARLY
  scene.tracks.forEach((track, at) => {
    const points = pointsUntil(track.values, t)
    chart.lines[at].setAttribute("points", line(points))
    chart.batches[at].setAttribute("points", track.batch && player.explains ? line(pointsUntil(track.batch, t)) : "")
    chart.finals[at].classList.toggle("there", isOver)
    const [epoch, value] = points.at(-1) ?? [0, scene.domain[0]]
    chart.heads[at].style.display = points.length ? "" : "none"
    chart.heads[at].setAttribute("cx", x(epoch))
    chart.heads[at].setAttribute("cy", y(value))
    chart.labels[at].textContent = isStopped(track, Math.floor(t + NEARLY)) ? `${track.name} diverged` : track.name
    texts.push({ node: chart.labels[at], x: x(epoch) + 2 * place.head, y: y(value) })
  })
  const hasMark = state.bet && scene.lap === 1
  chart.mark.textContent = hasMark ? player.data.words.mark : ""
  if (hasMark) {
    const [left, right] = texts.map((one) => one.y)
    const target = { left, right, same: (left + right) / 2 }[state.bet]
    chart.mark.style.fill = { left: scene.tracks[0].color, right: scene.tracks[1].color }[state.bet] ?? ""
    texts.push({ node: chart.mark, x: place.right + 2 * place.head, y: target + NEARLY })
  }
  texts.sort((one, other) => one.y - other.y)
  texts.forEach((one, at) => (one.y = Math.max(one.y, at ? texts[at - 1].y + place.gap : place.top)))
  texts.reverse().forEach((one, at) => (one.y = Math.min(one.y, at ? texts[at - 1].y - place.gap : place.bottom)))
  for (const one of texts) one.node.setAttribute("transform", `translate(${one.x.toFixed(1)} ${one.y.toFixed(1)})`)
}

// An epoch

function draw(player) {
  const { t, find, root, scene, mode } = player
  const epoch = Math.floor(t + NEARLY)
  drawChart(player)
  find("slider").value = t
  find("slider").style.setProperty("--done", `${(100 * t) / scene.epochs}%`)
  if (player.shown !== epoch) {
    player.shown = epoch
    drawEpoch(player, epoch)
  }
  const isOver = t > scene.epochs - NEARLY && mode === "resting"
  root.classList.toggle("over", isOver)
  root.classList.toggle("unasked", scene.asks !== null)
  root.classList.toggle("asking", mode === "asking")
  root.classList.toggle("playing", mode === "playing")
  find("bet").inert = mode !== "asking"
  find("next").inert = !isOver || find("next").classList.contains("absent")
}

function drawEpoch(player, epoch) {
  const { scene, find, data, root } = player
  const number = (track) => score(track, epoch, scene.unit)
  const { course, words } = data
  find("epoch").textContent = words.epoch.replace("{}", epoch).replace("{}", scene.epochs)
  find("back").disabled = epoch === 0
  find("on").disabled = epoch === scene.epochs
  find("slider").setAttribute(
    "aria-valuetext",
    `${find("epoch").textContent}: ${scene.tracks.map((track) => `${track.name} ${number(track)}`).join(", ")}`,
  )
  if (data.run && !player.isTold) dispatchEvent(new CustomEvent("normlab-epoch", { detail: { run: data.run.name, epoch } }))
  if (!course) return
  root.querySelectorAll(".side").forEach((side, at) => {
    const track = scene.tracks[at]
    side.querySelector(".score").textContent = number(track)
    side.classList.toggle("stopped", isStopped(track, epoch))
    const answers = track.answers[epoch] ?? ""
    let right = 0
    side.querySelectorAll(".cell").forEach((cell, index) => {
      const isRight = answers[index] === course.labels[index]
      right += isRight
      if (isRight && !cell.classList.contains("lit") && player.mode === "playing" && !isCalm()) pop(cell)
      cell.classList.toggle("lit", isRight)
    })
    side.querySelector(".wall").setAttribute("aria-label", words.wall.replace("{}", right).replace("{}", course.labels.length))
  })
}

const isStopped = (track, epoch) => track.stopped && epoch >= track.values.length

function score(track, epoch, unit) {
  if (isStopped(track, epoch)) return "diverged"
  const value = track.values[epoch]
  return value == null ? "–" : unit === "%" ? `${Math.round(value)} %` : value.toPrecision(3)
}

function pop(cell) {
  const delay = parseFloat(cell.style.getPropertyValue("--late"))
  cell.animate([{ scale: 1 }, { scale: 1.22, offset: 0.35 }, { scale: 1 }], { duration: 320, delay, easing: "ease-out" })
}

// What a tile shows, and what the network says it is.
function nameCell(player, event) {
  const cell = event.target.closest(".cell")
  if (!cell) return
  const { data, scene, root } = player
  const side = [...root.querySelectorAll(".side")].indexOf(cell.closest(".side"))
  const index = [...cell.parentElement.children].indexOf(cell)
  const answer = scene.tracks[side].answers[player.shown]?.[index]
  cell.title = answer ? data.words.cell.replace("{}", data.course.labels[index]).replace("{}", answer) : ""
}

function talk(player) {
  const { scene, data, state, mode, find, t } = player
  const isOver = t > scene.epochs - NEARLY && mode === "resting"
  const verdict = state.bet && scene.lap === 1 ? `${scene.verdicts[state.bet]} ` : ""
  let words = data.course ? data.words.legend : ""
  if (mode === "asking") words = data.words.ask.replace("{}", scene.epochs)
  else if (isOver && data.course) words = `${verdict}${scene.closing}`
  words = words.replaceAll(" %", "\u00a0%")
  if (find("talk").textContent !== words) find("talk").textContent = words
  const fine = data.course ? `${isOver ? `${scene.seeds} ` : ""}${data.words.shown}` : ""
  find("seeds").textContent = player.explains ? data.words.lag : fine
  const next = scene.lap === 2 ? data.words.again : data.words.next
  if (data.course && find("next").textContent !== next) find("next").textContent = next
  const name = mode === "playing" ? data.words.pause : data.words.play
  find("play").setAttribute("aria-label", name)
  find("play").title = name
}

// Time

function go(player, t) {
  player.t = Math.min(Math.max(t, 0), player.scene.epochs)
  draw(player)
  talk(player)
}

function stop(player) {
  cancelAnimationFrame(player.frame)
  player.mode = "resting"
}

function begin(player) {
  player.waits = false
  player.exact = undefined
  if (player.t > player.scene.epochs - NEARLY) player.t = 0
  if (player.scene.asks !== null && player.t > player.scene.asks - NEARLY) player.scene.asks = null
  player.beat = player.t < NEARLY ? FIRST_BEAT : 0
  player.last = undefined
  player.mode = "playing"
  cancelAnimationFrame(player.frame)
  player.frame = requestAnimationFrame((now) => tick(player, now))
  draw(player)
  talk(player)
}

function pace({ scene, t, asked, data }) {
  if (scene.asks !== null && t < scene.asks) return TO_THE_BET
  const part = data.course && scene.lap === 1 && asked ? AFTER_IT / (scene.epochs - data.course.asks) : WHOLE / scene.epochs
  return Math.min(part, SLOWEST)
}

function tick(player, now) {
  const { scene } = player
  const seconds = Math.min((now - (player.last ?? now)) / 1000, LONGEST_FRAME) * player.speed
  player.last = now
  if (player.mode === "asking") return wait(player, seconds)
  const held = Math.min(player.beat, seconds)
  player.beat -= held
  const until = scene.asks ?? scene.epochs
  player.exact = Math.min((player.exact ?? player.t) + (seconds - held) / pace(player), until)
  player.t = isCalm() ? Math.floor(player.exact + NEARLY) : player.exact
  if (player.exact > until - NEARLY) {
    player.t = until
    player.exact = undefined
    if (scene.asks !== null) ask(player)
    else {
      stop(player)
      go(player, until)
      rest(player)
    }
    return
  }
  draw(player)
  player.frame = requestAnimationFrame((next) => tick(player, next))
}

function toggle(player) {
  if (player.mode === "asking") return decide(player)
  if (player.mode === "playing") {
    stop(player)
    go(player, Math.round(player.t))
    rest(player)
  } else begin(player)
}

function step(player, by) {
  const from = by > 0 ? Math.floor(player.t + NEARLY) : Math.ceil(player.t - NEARLY)
  leave(player)
  go(player, from + by)
  rest(player)
}

function jump(player, t) {
  leave(player)
  go(player, t)
  rest(player)
}

function scrub(player) {
  leave(player)
  go(player, Number(player.find("slider").value))
}

// Whoever moves through time by hand is not asked for a bet any more.
function leave(player) {
  stop(player)
  player.exact = undefined
  player.waits = false
  player.asked = true
  player.scene.asks = null
}

function changeSpeed(player) {
  player.speed = SPEEDS[(SPEEDS.indexOf(player.speed) + 1) % SPEEDS.length]
  player.find("speed").textContent = `${player.speed === 0.5 ? "½" : player.speed}×`
}

// What the page is told: whole epochs, once they stay.
function rest(player) {
  if (player.mode !== "resting") return
  if (player.t % 1 > NEARLY) go(player, Math.round(player.t))
  clearTimeout(player.settling)
  player.settling = setTimeout(() => {
    if (player.mode !== "resting" || player.end.signal.aborted) return
    const message = { ...player.state, epoch: player.shown }
    if (JSON.stringify(message) === player.told) return
    player.told = JSON.stringify(message)
    player.serial += 1
    player.send({ serial: player.serial, ...message })
  }, SETTLE)
}

// The bet

function ask(player) {
  const { data, find } = player
  player.mode = "asking"
  player.left = isCalm() || data.projector ? Infinity : THINK
  find("bet").style.setProperty("--think", player.left === Infinity ? "none" : `${THINK}s`)
  player.frame = requestAnimationFrame((next) => tick(player, next))
  draw(player)
  talk(player)
}

function wait(player, seconds) {
  player.left -= seconds / player.speed
  if (player.left <= 0) decide(player)
  else player.frame = requestAnimationFrame((next) => tick(player, next))
}

function bet(player, side) {
  player.state.bet = side
  player.root.focus({ preventScroll: true })
  decide(player)
}

function decide(player) {
  player.asked = true
  player.scene.asks = null
  begin(player)
}

// Another race

function restart(player) {
  player.told = undefined
  player.exact = undefined
  stop(player)
  stage(player)
  go(player, 0)
  begin(player)
}

function choose(player, name, event) {
  const button = event.target.closest("button")
  if (!button) return
  const { state, data } = player
  const { races } = data.course
  state[name === "steps" ? "step" : "rival"] = button.value
  const there = races.filter((one) => one.lap === 1 && one.rival === state.rival)
  if (!there.some((one) => one.step === state.step)) state.step = there[0].step
  Object.assign(state, { lap: 1, bet: null })
  player.asked = false
  restart(player)
}

function otherLap(player) {
  const isFirst = player.scene.lap === 1
  player.state.lap = isFirst ? 2 : 1
  player.asked = true
  restart(player)
}

function explain(player, isOn) {
  player.explains = isOn
  player.find("lag").setAttribute("aria-pressed", String(isOn))
}

// Keys

const MOVES = {
  ArrowLeft: (player) => step(player, -1),
  ArrowRight: (player) => step(player, 1),
  Home: (player) => jump(player, 0),
  End: (player) => jump(player, player.scene.epochs),
}

function onKey(player, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const act = event.key === " " && !event.target.closest("button, a") ? toggle : MOVES[event.key]
  if (!act) return
  event.preventDefault()
  act(player)
}

// A presenter's step, while the player is seen: on to the next stop, and back to the last.
function onStep(player, event) {
  if (!player.inSight || player.data.run?.grows || event.defaultPrevented) return
  if ((event.detail.by > 0 ? forward : backward)(player)) event.preventDefault()
}

function forward(player) {
  const { scene, mode, t } = player
  if (mode === "playing") jumpTo(player, scene.asks ?? scene.epochs)
  else if (mode === "asking") decide(player)
  else if (t < scene.epochs - NEARLY) begin(player)
  else if (player.data.course && scene.lap === 1 && !player.find("next").inert) otherLap(player)
  else return false
  return true
}

function jumpTo(player, t) {
  player.exact = t
  player.beat = 0
}

function backward(player) {
  if (player.t > NEARLY) {
    Object.assign(player.state, { bet: null })
    jump(player, 0)
    player.asked = false
    if (player.data.course) player.scene.asks = player.scene.lap === 1 ? player.data.course.asks : null
  }
  else if (player.scene.lap === 2) {
    otherLap(player)
    jump(player, player.scene.epochs)
  } else return false
  return true
}

// Elements

function make(tag, name, attributes = {}) {
  const node = document.createElementNS(SVG, tag)
  for (const [key, value] of Object.entries({ class: name, ...attributes })) node.setAttribute(key, value)
  return node
}

function text(words, attributes) {
  const node = make("text", "", attributes)
  node.textContent = words
  return node
}

function colored(node, color) {
  node.style.setProperty("--color", color)
  return node
}
