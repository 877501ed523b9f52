// A question: the picture, what can be answered, and, once the server has it, what was measured.
//
// Nothing of an answer leaves the browser before it is committed, and nothing measured is here before that. What is
// chosen or drawn meanwhile is kept here. question.py describes the data.

const questions = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  if (!questions.has(parentElement)) questions.set(parentElement, newQuestion(parentElement))
  const asked = questions.get(parentElement)
  asked.send = (message) => setTriggerValue("committed", message)
  receive(asked, data)
  return () => {
    asked.resized.disconnect()
    asked.end.abort()
    questions.delete(parentElement)
  }
}

function newQuestion(parent) {
  const root = parent.querySelector(".question")
  const find = (name) => root.querySelector(`.${name}`)
  const asked = { root, find, draft: null, end: new AbortController() }
  const on = (target, event, act) => target.addEventListener(event, act, { signal: asked.end.signal })
  on(root, "submit", (event) => {
    event.preventDefault()
    if (asked.data.answer !== null) leadOn(asked)
    else if (isWhole(asked)) commit(asked, asked.draft)
  })
  on(find("unknown"), "click", () => commit(asked, asked.data.words.unknownKey))
  const plot = find("plot")
  on(plot, "pointerdown", (event) => press(asked, event))
  on(plot, "pointermove", (event) => drag(asked, event))
  for (const end of ["pointerup", "pointercancel"]) on(plot, end, () => (asked.last = null))
  asked.resized = new ResizeObserver(() => asked.data && draw(asked))
  asked.resized.observe(find("figure"))
  return asked
}

function receive(asked, data) {
  const before = asked.data
  asked.data = data
  const { root, find } = asked
  const isAnother = before?.version !== data.version
  if (isAnother) {
    asked.draft = null
    asked.waits = false
  }
  if (data.answer !== null) asked.waits = false
  const isNews = !isAnother && before.answer === null && data.answer !== null
  root.classList.add("ready")
  root.style.setProperty("--primary", data.primary[0])
  root.style.setProperty("--on-primary", data.primary[1])
  root.classList.toggle("projector", data.projector)
  root.classList.toggle("pictured", Boolean(data.picture))
  root.classList.toggle("answered", data.answer !== null)
  root.classList.toggle("news", isNews)
  root.classList.toggle("sketched", data.question.kind === "sketch")
  if (isAnother) ask(asked)
  settle(asked)
  draw(asked)
  if (isNews && data.picture && find("figure").getBoundingClientRect().top < MARGIN) show(find("figure"))
}

// What is asked, and how it can be answered.

function ask(asked) {
  const { find, data: { question, picture, words } } = asked
  find("text").innerHTML = question.text // the server writes it: safe HTML with MathML
  find("text").setAttribute("aria-level", asked.data.level)
  find("answers").setAttribute("aria-label", find("text").textContent)
  find("unknown").textContent = words.unknown
  find("scene").replaceChildren(...(picture?.scene ?? []).map(rowOf))
  find("answers").replaceChildren(...KINDS[question.kind].controls(asked))
}

const rowOf = ({ name, image }) =>
  element("div", "row", {}, element("span", "", {}, name), element("img", "", { src: image, alt: "" }))

const KINDS = {
  choice: {
    controls: (asked) =>
      asked.data.question.options.map(({ key, text }) => {
        const label = element("label", "option")
        const input = element("input", "", { type: "radio", name: asked.data.version, value: key })
        input.addEventListener("change", () => decide(asked, key))
        const words = element("span", "words")
        words.innerHTML = text
        label.append(input, words, element("span", "tags"))
        return label
      }),
    show: ({ find }, value) => {
      for (const input of find("answers").querySelectorAll("input")) input.checked = input.value === value
    },
    isWhole: (draft) => draft !== null,
    guess: ({ data }, value) => data.guesses[value] ?? null,
  },
  number: {
    controls: (asked) => {
      const { question, words } = asked.data
      const output = element("b", "said") // no <output>: a screen reader hears the slider
      const slider = rangeOf(question, asked.find("text").textContent)
      slider.addEventListener("input", () => decide(asked, valueOf(question, slider)))
      const ends = element("div", "ends")
      for (const end of [question.low, question.high]) ends.append(element("span", "", {}, said(question, end)))
      const figures = element("div", "figures", {}, figureOf(words.yours, output), figureOf(words.measured, element("b", "found")))
      return [figures, slider, ends, element("p", "hint", {}, asked.data.isLevel ? words.level : words.number)]
    },
    show: ({ find, data: { question, words } }, value) => {
      const slider = find("answers").querySelector("input")
      const isSaid = typeof value === "number"
      if (isSaid) slider.value = positionOf(question, value)
      find("said").textContent = isSaid ? said(question, value) : "?"
      slider.setAttribute("aria-valuetext", isSaid ? said(question, value) : words.unset)
      slider.classList.toggle("unset", !isSaid)
    },
    isWhole: (draft) => draft !== null,
    guess: ({ data }, value) => (data.isLevel ? { kind: "level", at: value } : null),
  },
  sketch: {
    controls: (asked) => {
      const { question, words } = asked.data
      const list = element("div", "sliders")
      question.places.forEach(({ text }, place) => {
        const label = element("label", "point", {}, element("span", "", {}, text))
        const slider = rangeOf(question.y, `${question.y.label}, ${question.x.label} ${text}`)
        slider.addEventListener("input", () => shift(asked, place, valueOf(question.y, slider)))
        label.append(slider, element("span", "said"))
        list.append(label)
      })
      const twin = element("details", "twin", {}, element("summary", "", {}, words.sliders), list)
      const clear = element("button", "clear", { type: "button" }, words.clear)
      clear.addEventListener("click", () => decide(asked, null))
      return [element("p", "hint", {}, words.sketch), clear, twin]
    },
    show: ({ find, data: { question, words } }, value) => {
      const values = Array.isArray(value) ? value : []
      find("answers").querySelectorAll(".point").forEach((label, place) => {
        const [slider, output] = [label.querySelector("input"), label.querySelector(".said")]
        const one = values[place] ?? null
        if (one !== null) slider.value = positionOf(question.y, one)
        output.textContent = one === null ? "–" : said(question.y, one)
        slider.setAttribute("aria-valuetext", one === null ? words.unset : said(question.y, one))
        slider.classList.toggle("unset", one === null)
      })
      find("clear").disabled = !values.length
      const isPart = values.length && values.includes(null)
      find("answers").querySelector(".hint").textContent = isPart ? words.rest : words.sketch
    },
    isWhole: (draft) => draft !== null && draft.every((value) => value !== null),
    guess: ({ data: { question } }, values) => ({
      kind: "curve",
      points: question.places.map(({ at }, place) => [at, values[place]]).filter(([, value]) => value !== null),
    }),
  },
}

const figureOf = (words, figure) => element("div", "", {}, element("span", "", {}, words), figure)

const kindOf = (asked) => KINDS[asked.data.question.kind]
const isWhole = (asked) => asked.data.answer === null && !asked.waits && kindOf(asked).isWhole(asked.draft)

// A slider has a hundred places at most; on a logarithmic scale they are as far apart as they look.

function rangeOf(scaled, name) {
  const steps = scaled.scale === "log" ? 100 : Math.round((scaled.high - scaled.low) / scaled.step)
  const slider = element("input", "slider", { type: "range", min: 0, max: steps, step: 1, "aria-label": name })
  slider.value = Math.round(steps / 2)
  return slider
}

function valueOf(scaled, slider) {
  const share = Number(slider.value) / Number(slider.max)
  if (scaled.scale === "log") return Number((scaled.low * (scaled.high / scaled.low) ** share).toPrecision(2))
  return rounded(scaled, scaled.low + share * (scaled.high - scaled.low))
}

function positionOf(scaled, value) {
  if (scaled.scale === "log") return Math.round((100 * Math.log(value / scaled.low)) / Math.log(scaled.high / scaled.low))
  return Math.round((value - scaled.low) / scaled.step)
}

function rounded(scaled, value) {
  if (scaled.scale === "log") return Number(value.toPrecision(2))
  const whole = scaled.low + Math.round((value - scaled.low) / scaled.step) * scaled.step
  return Number(Math.min(Math.max(whole, scaled.low), scaled.high).toPrecision(9))
}

const said = (scaled, value) => `${String(value).replace("-", "−")}${scaled.unit ? `\u00a0${scaled.unit}` : ""}`

// What the reader does

function decide(asked, draft) {
  if (asked.data.answer !== null || asked.waits) return
  asked.draft = draft
  settle(asked)
  draw(asked)
}

// A slider of the sketch: the first one that is moved draws a level line, so that only what differs has to be moved.
function shift(asked, place, value) {
  const draft = asked.draft ?? asked.data.question.places.map(() => null)
  decide(asked, draft.map((known, at) => (at === place ? value : (known ?? value))))
}

function press(asked, event) {
  const { kind } = asked.data.question
  if (event.button || asked.data.answer !== null || kind === "choice" || !asked.data.isLevel || !asked.plot) return
  event.preventDefault()
  asked.find("plot").setPointerCapture(event.pointerId)
  asked.last = pointOf(asked, event)
  trace(asked, asked.last)
}

function drag(asked, event) {
  if (!asked.last) return
  for (const moved of event.getCoalescedEvents?.() ?? [event]) trace(asked, pointOf(asked, moved))
}

function pointOf(asked, event) {
  const box = asked.find("plot").getBoundingClientRect()
  return [event.clientX - box.left, event.clientY - box.top]
}

// From the last point to this one: a number takes the height, a sketch the heights at all places that were passed.
function trace(asked, point) {
  const { plot, data: { question } } = asked
  const [before, after] = [asked.last, point]
  asked.last = point
  if (question.kind === "number") return decide(asked, rounded(question, plot.y.at(after[1])))
  const draft = [...(asked.draft ?? question.places.map(() => null))]
  const places = question.places.map(({ at }) => plot.x(at))
  const half = (places[1] - places[0]) / 2
  places.forEach((x, place) => {
    const [left, right] = before[0] < after[0] ? [before, after] : [after, before]
    const isPassed = left[0] <= x && x <= right[0]
    if (!isPassed && Math.abs(x - after[0]) > half * 0.5) return
    const share = isPassed && right[0] > left[0] ? (x - left[0]) / (right[0] - left[0]) : null
    const height = share === null ? after[1] : left[1] + share * (right[1] - left[1])
    draft[place] = rounded(question.y, plot.y.at(height))
  })
  decide(asked, draft)
}

function commit(asked, answer) {
  if (asked.data.answer !== null || asked.waits) return
  asked.waits = true
  asked.find("commit").disabled = false
  asked.find("commit").focus({ preventScroll: true }) // what had it may go
  asked.send({ version: asked.data.version, answer })
  settle(asked)
}

// What is seen

function settle(asked) {
  const { root, find, data, waits } = asked
  const { answer, outcome, words } = data
  const isOver = answer !== null
  const shown = isOver ? answer : asked.draft
  find("answers").disabled = isOver || waits
  kindOf(asked).show(asked, shown)
  for (const option of root.querySelectorAll(".option")) {
    const { value } = option.querySelector("input")
    const tags = isOver ? [...(value === answer ? ["yours"] : []), ...(value === outcome.right ? ["measured"] : [])] : []
    option.classList.toggle("is-yours", tags.includes("yours"))
    option.classList.toggle("is-measured", tags.includes("measured"))
    option.querySelector(".tags").replaceChildren(...tags.map((tag) => element("span", `tag ${tag}`, {}, words[tag])))
  }
  const found = find("found")
  if (found) {
    found.textContent = isOver ? outcome.number : ""
    found.parentElement.hidden = !isOver
  }
  const button = find("commit")
  button.textContent = isOver ? data.next : waits ? words.waits : words.commit
  button.disabled = !isOver && !waits && !isWhole(asked)
  button.hidden = isOver && !data.next
  find("unknown").disabled = waits
  find("unknown").hidden = isOver
  find("outcome").replaceChildren(...(isOver ? outcomeOf(asked) : []))
  find("key").replaceChildren(...keyOf(asked))
  if (button.hidden && root.classList.contains("news")) find("outcome").focus({ preventScroll: true })
}

function outcomeOf({ data: { outcome } }) {
  const greeting = element("p", `greeting ${outcome.kind}`, {}, outcome.greeting)
  const verdict = element("p", "verdict", {}, outcome.sentence)
  const certainty = element("p", "certainty", {}, outcome.certainty)
  const reply = element("p", "reply")
  reply.innerHTML = outcome.reply
  const expected = element("p", "expected", {}, outcome.expected)
  return [greeting, verdict, reply, certainty, expected].filter((part) => part.textContent)
}

// The key above the picture: what a dashed line is, and a dot; names of lines where there is no room beside them.
function keyOf(asked) {
  const { data: { measured, words, question } } = asked
  const entries = []
  if (guessNow(asked)) entries.push(element("li", "of-guess", {}, words.yours))
  else if (measured && isChosen(asked)) entries.push(element("li", "of-guess", {}, `${words.yours}: ${chosenWords(asked)}`))
  if (measured) {
    entries.push(element("li", "of-measured", {}, measured.words))
    for (const { name, color } of asked.data.picture.x.scale === "names" ? [] : measured.series) {
      const entry = element("li", "of-line", {}, name)
      entry.style.setProperty("--color", color)
      entries.push(entry)
    }
  } else if (question.kind === "sketch" && !entries.length) entries.push(element("li", "of-nothing", {}, words.draw))
  return entries
}

const isChosen = ({ data: { question, answer, words } }) => question.kind === "choice" && answer !== words.unknownKey
const chosenWords = ({ find }) => find("is-yours").querySelector(".words").textContent

function guessNow(asked) {
  const { answer } = asked.data
  const shown = answer ?? asked.draft
  return shown === null || shown === asked.data.words.unknownKey ? null : kindOf(asked).guess(asked, shown)
}

function draw(asked) {
  const { find, data } = asked
  if (!data.picture) return
  const guess = guessNow(asked)
  asked.plot = drawPlot(find("plot"), { ...data, guess })
  find("plot").setAttribute("aria-label", data.measured ? data.measured.alt : data.picture.alt)
}

// The button below a question: on to the part of the lesson that comes after it.
function leadOn({ root, data }) {
  const { host } = root.getRootNode()
  const parts = [...document.querySelectorAll(data.parts)]
  const next = parts.find((part) => host.compareDocumentPosition(part) & Node.DOCUMENT_POSITION_FOLLOWING)
  if (next) show(next)
}

function show(part) {
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches
  part.style.scrollMarginTop = `${MARGIN}px`
  part.scrollIntoView({ behavior: isCalm ? "auto" : "smooth", block: "start" })
}

const MARGIN = 72 // pixels; Streamlit's header covers the top of what is scrolled to
