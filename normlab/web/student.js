// A student's page: join, answer, come back. An answer is kept here until the server has it; it counts there once.

const KEY = `normlab.class.${CODE}`
const TIMEOUT = 12000 // ms; the server holds a question for news for 5 s
const main = document.getElementById('main')
const wire = document.getElementById('wire')
let own = { token: null, sequence: 0, answers: {}, pending: null }
let shown = null // what the class shows
let name = '' // of that state
let drawn = '' // for which state the page was drawn
let failures = 0
let waiting = null // wakes whoever waits before the next try
let isOver = false

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) || {}
  } catch { // nothing of ours, or a browser that keeps nothing
    return {}
  }
}

function load() {
  try {
    Object.assign(own, stored())
    own.browser = localStorage.getItem('normlab.class.browser') || random()
    localStorage.setItem('normlab.class.browser', own.browser)
  } catch { // a browser that keeps nothing: the page works until it is closed
    own.browser = own.browser || random()
  }
}

function save() {
  try {
    localStorage.setItem(KEY, JSON.stringify({ token: own.token, sequence: own.sequence, answers: own.answers, pending: own.pending }))
  } catch { /* as above */ }
}

/** Throws what is no answer (the line is down); else the status and the content. */
async function ask(what, body, headers = {}) {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), TIMEOUT)
  try {
    const answer = await fetch(`${NAMES}/${CODE}/${what}`, {
      method: body ? 'POST' : 'GET',
      headers: { 'X-Browser': own.browser, 'X-Token': own.token || '', ...(body ? { 'Content-Type': 'application/json' } : {}), ...headers },
      body: body ? JSON.stringify(body) : undefined,
      cache: 'no-store',
      signal: abort.signal,
    })
    const content = answer.status === 304 ? null : await answer.json()
    if (answer.status >= 500 || answer.status === 429) throw Object.assign(new Error(content.problem), { problem: content.problem })
    return { status: answer.status, content, name: answer.headers.get('ETag') }
  } finally {
    clearTimeout(timer)
  }
}

/** Half a second to ten, at random: a room that comes back does not come at once. */
function rest() {
  const seconds = Math.min(10, 0.5 * 2 ** Math.min(failures, 5)) * (0.5 + Math.random())
  return new Promise(done => {
    waiting = done
    setTimeout(done, 1000 * seconds)
  })
}

function hurry() {
  if (document.visibilityState !== 'hidden' && waiting) waiting()
}
document.addEventListener('visibilitychange', hurry)
window.addEventListener('online', hurry)
window.addEventListener('pageshow', hurry)

function line_(isUp, text) {
  wire.className = isUp ? '' : 'down'
  const words = isUp ? 'connected' : text || 'no connection'
  if (wire.textContent !== words) wire.textContent = words
}

/** One try; whether the line was there. */
async function tried(act) {
  try {
    await act()
    failures = 0
    line_(true)
    return true
  } catch (error) {
    failures += 1
    if (failures > 1) line_(false, error.problem ? 'busy' : '')
    if (error.problem && !own.token) message('One moment.', error.problem)
    told()
    return false
  }
}

async function join() {
  const answer = await ask('join', { token: own.token })
  if (answer.status === 410) return over()
  if (answer.status !== 200) return form(answer.content.problem)
  const { token, number, answers, sequence } = answer.content
  own = { ...own, token, number, sequence: Math.max(sequence, own.token === token ? own.sequence : 0) }
  own.answers = answers
  if (own.pending) own.answers[`${own.pending.position}.${own.pending.round}`] = own.pending.answer
  save()
}

async function look() {
  const answer = await ask('state', null, name ? { 'If-None-Match': name } : {})
  if (answer.status === 403) { // the place went to another: what is not sent yet comes along to the next one
    own = { ...own, token: null, answers: {} }
    return
  }
  if (answer.status === 404 || answer.status === 410) return over()
  if (answer.status !== 200) return
  shown = answer.content
  name = answer.name
  if (shown.over) over()
}

/** Send what is kept, until the server has it. */
let isSending = false
async function send() {
  if (isSending || !own.pending || !own.token) return
  isSending = true
  while (own.pending && !isOver) {
    const sent = own.pending
    const isUp = await tried(async () => {
      if (!own.token) await join()
      const answer = await ask('answer', sent)
      if (answer.status === 403) own.token = null // the place went to another: the answer comes with the next one
      if (own.pending !== sent || !own.token) return // changed meanwhile: the newer one goes next
      own.pending = null
      if (answer.status !== 200) {
        refused = answer.content.problem
        await tried(join)
      } else own.answers[`${sent.position}.${sent.round}`] = answer.content.answer
      save()
    })
    told()
    if (!isUp) await rest()
  }
  isSending = false
}

function give(answer) {
  refused = ''
  own.sequence = Math.max(own.sequence, stored().sequence || 0) + 1 // another tab counts, too
  own.pending = { position: shown.position, round: shown.round, answer, sequence: own.sequence }
  own.answers[`${shown.position}.${shown.round}`] = answer
  save()
  told()
  send()
}

let refused = ''
/** Says how it stands with the answer. */
function told() {
  const place = document.getElementById('said')
  if (!place || !shown) return
  const has = `${shown.position}.${shown.round}` in own.answers
  const isKept = own.pending !== null
  place.className = `said${refused ? ' bad' : isKept || !has ? ' wait' : ''}`
  const words = refused || (isKept ? (failures ? 'Kept on this phone; sent when the connection is back.' : 'Sending …')
    : has ? (shown.phase === 'open' ? 'Sent. You can change it until the question closes.' : '') : '')
  if (place.textContent !== words) place.textContent = words
}

async function run() {
  load()
  document.getElementById('code').textContent = CODE
  if (!CODE) return form('')
  if (!/^[A-HJ-NP-Z2-9]{6}$/.test(CODE)) return form('A code has six letters and digits: compare it with the one on the wall.')
  message('Joining …', '')
  while (!isOver) {
    const isUp = await tried(async () => {
      if (!own.token || own.number === undefined) await join()
      else await look()
    })
    if (isOver) break
    if (!isUp) await rest()
    else if (shown) {
      show()
      send()
    }
  }
}

// What is shown

function paint(state, ...content) {
  if (drawn === state) return
  const isFirst = !drawn
  drawn = state
  main.replaceChildren(...content.filter(Boolean))
  window.scrollTo(0, 0)
  if (!isFirst) main.focus()
  told()
}

function message(title, text) {
  paint(`message ${title} ${text}`, make('h1', { textContent: title }), make('p', { textContent: text, className: 'muted' }))
}

/** Asks for the code: the page has none, or one that no class has. */
function form(problem) {
  isOver = true
  wire.textContent = ''
  const box = make('input', { id: 'box', className: 'code-box', maxLength: 9, autocomplete: 'off', autocapitalize: 'characters', spellcheck: false })
  const enter = event => {
    event.preventDefault()
    const typed = box.value.toUpperCase().replace(/[\s-]/g, '')
    if (typed) location.href = `${NAMES}/${encodeURIComponent(typed)}`
  }
  const said = make('p', { className: 'said bad', role: 'alert', textContent: problem })
  const row = make('div', { className: 'row' }, box, make('button', { textContent: 'Join' }))
  const asked = make('form', {}, make('p', {}, make('label', { htmlFor: 'box', textContent: 'The code on the wall' })), row)
  asked.addEventListener('submit', enter)
  paint(`form ${problem}`, make('h1', { textContent: 'Join a class' }), asked, said)
}

function over() {
  isOver = true
  wire.textContent = ''
  foot()
  message('This class is over.', 'You can close this page.')
}

function show() {
  if (isOver) return
  foot()
  const state = `${shown.position} ${shown.phase} ${shown.round}${shown.phase === 'open' ? '' : JSON.stringify(own.answers)}`
  if (drawn === state) return told()
  const count = make('p', { className: 'count', textContent: shown.of > 1 ? `Question ${shown.position + 1} of ${shown.of}` : '' })
  if (shown.phase === 'lobby') {
    const text = shown.position ? 'The next question comes here.' : 'The first question comes here.'
    return paint(state, make('h1', { textContent: 'You are in. Look at the wall.' }), make('p', { textContent: text, className: 'muted' }))
  }
  if (shown.phase === 'open') return paint(state, count, ...open_())
  if (shown.phase === 'closed') return paint(state, count, rich('h1', shown.question.text), ...closed())
  paint(state, count, rich('h1', shown.question.text), ...revealed())
}

const mine = round => own.answers[`${shown.position}.${round}`]

function spoken(answer) {
  const question = shown.question
  if (answer === undefined) return 'none'
  if (answer === UNDECIDED) return 'I don’t know'
  if (question.kind === 'choice') return make('span', { innerHTML: (question.options.find(option => option.key === answer) || { text: '?' }).text })
  if (question.kind === 'number') return withUnit(answer, question.unit)
  return 'the curve you drew'
}

function yours(round, label = 'Your prediction') {
  return make('p', {}, make('strong', { textContent: `${label}: ` }), spoken(mine(round)))
}

function open_() {
  const question = shown.question
  const again = shown.round === 2 && make('div', { className: 'reply' },
    make('p', { className: 'big', textContent: 'Second vote' }), make('p', { textContent: 'Talk to your neighbor, then answer again.' }),
    mine(1) === undefined ? null : yours(1, 'Your first vote'))
  const said = make('p', { id: 'said', role: 'status' })
  const ways = { choice, number, sketch }
  return [again, ways[question.kind](question), said]
}

function closed() {
  const given = mine(shown.round)
  return [make('p', { className: 'big', textContent: 'Closed.' }), given === undefined
    ? make('p', { className: 'muted', textContent: 'You gave no answer this time.' }) : yours(shown.round),
  make('p', { className: 'muted', textContent: 'Look at the wall.' }), make('p', { id: 'said', role: 'status' })]
}

function revealed() {
  const { question, reveal, tally, round } = shown
  const given = mine(round) ?? mine(1)
  const known = given !== undefined && given !== UNDECIDED ? given : null
  const parts = [rich('p', reveal.sentence || '', { className: 'big' })]
  if (question.kind === 'choice') {
    if (known && reveal.replies?.[known]) parts.push(rich('p', reveal.replies[known], { className: 'reply' }))
    parts.push(bars(question, reveal, tally, known))
  } else {
    parts.push(make('p', {}, make('strong', { textContent: 'Your prediction: ' }), spoken(given)))
    parts.push(question.kind === 'number'
      ? strip(question, { own: known, measured: reveal.value, values: reveal.values }, 340, 120)
      : curves(question, { own: known, measured: reveal.curve }, 340, 240))
    if (question.kind === 'sketch' && known) parts.push(make('p', { className: 'muted', textContent: 'The other line is yours.' }))
    if (reveal.reply) parts.push(rich('p', reveal.reply, { className: 'reply' }))
  }
  return parts
}

function bars(question, reveal, tally, known) {
  const list = make('ul', { className: 'bars' })
  const round = Math.max(...Object.keys(tally.counts).map(Number))
  const all = tally.answered[round] || 1
  for (const { key, text } of question.options) {
    const isRight = key === reveal.right
    const tags = [isRight && '✓ Measured', key === known && 'Your prediction'].filter(Boolean).join(' · ')
    const count = tally.counts[round][key] || 0
    list.append(make('li', { className: isRight ? 'right' : '' }, tags && make('div', { className: 'tags', textContent: tags }), rich('div', text),
      make('div', { className: 'bar' }, make('meter', { max: all, value: count, 'aria-label': 'share of the class' }), `${Math.round(100 * count / all)} %`)))
  }
  return list
}

function choice(question) {
  const group = make('fieldset', {}, make('legend', {}, rich('h1', question.text)))
  const options = [...question.options, { key: UNDECIDED, text: 'I don’t know' }]
  for (const { key, text } of options) {
    const radio = make('input', { type: 'radio', name: 'answer', value: key, checked: mine(shown.round) === key })
    radio.addEventListener('change', () => give(key))
    group.append(make('label', { className: key === UNDECIDED ? 'option quiet' : 'option' }, radio, rich('span', text)))
  }
  return group
}

function buttons(read, isReady) {
  const commit = make('button', { type: 'button', textContent: 'Send my prediction', disabled: !isReady })
  commit.addEventListener('click', () => { const answer = read(); if (answer != null) give(answer) })
  const unknown = make('button', { type: 'button', className: 'quiet', textContent: 'I don’t know' })
  unknown.addEventListener('click', () => give(UNDECIDED))
  return { commit, row: make('div', { className: 'row' }, commit, unknown) }
}

function number(question) {
  const before = mine(shown.round)
  const steps = question.scale === 'log' ? 200 : Math.min(2000, Math.round((question.high - question.low) / question.step))
  const round = value => (question.scale === 'log' ? Number(value.toPrecision(2)) : Number((question.low + Math.round((value - question.low) / question.step) * question.step).toPrecision(10)))
  const box = make('input', { className: 'number-box', inputMode: 'decimal', autocomplete: 'off', 'aria-label': 'Your prediction as a number', value: typeof before === 'number' ? String(before) : '' })
  const range = make('input', { type: 'range', min: 0, max: steps, step: 1, value: typeof before === 'number' ? steps * place(question, before) : steps / 2, 'aria-label': 'Your prediction on the scale' })
  const read = () => {
    const value = Number(box.value.trim().replace(',', '.').replace('−', '-'))
    return box.value.trim() && Number.isFinite(value) && value >= question.low && value <= question.high ? value : null
  }
  const { commit, row } = buttons(read, typeof before === 'number')
  range.addEventListener('input', () => { box.value = String(round(valueAt(question, range.value / steps))); check() })
  box.addEventListener('input', () => { const value = read(); if (value != null) range.value = steps * place(question, value); check() })
  const hint = make('p', { className: 'said bad' })
  function check() {
    commit.disabled = read() == null
    hint.textContent = box.value.trim() && read() == null ? `From ${withUnit(question.low, question.unit)} to ${withUnit(question.high, question.unit)}.` : ''
    range.setAttribute('aria-valuetext', box.value ? `${box.value} ${question.unit}` : 'not chosen')
  }
  const ends = make('div', { className: 'ends' }, make('span', { textContent: withUnit(question.low, question.unit) }), make('span', { textContent: withUnit(question.high, question.unit) }))
  return make('div', {}, rich('h1', question.text), range, ends, make('p', { className: 'row' }, box, make('span', { textContent: question.unit })), hint, row)
}

function sketch(question) {
  const before = mine(shown.round)
  const values = Array.isArray(before) ? [...before] : question.points.map(() => null)
  const chart = frame(question.x, question.y, 340, 260, 'Draw the curve; with a keyboard: Tab to a point, then the arrow keys')
  chart.svg.setAttribute('class', 'pad')
  chart.svg.setAttribute('role', 'group')
  const path = draw('path', { class: 'given' })
  chart.svg.append(path)
  const { commit, row } = buttons(() => (values.includes(null) ? null : values), !values.includes(null))
  const step = (question.y.high - question.y.low) / 50
  const dots = question.points.map((at, index) => {
    const dot = draw('circle', { r: 6, tabindex: 0, role: 'slider', 'aria-label': `${question.y.label} at ${question.x.label} ${short(at)}`, 'aria-valuemin': question.y.low, 'aria-valuemax': question.y.high })
    dot.addEventListener('keydown', event => {
      const move = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 5, PageDown: -5 }[event.key]
      if (!move) return
      event.preventDefault()
      fill()
      values[index] = bound(values[index] + move * step)
      update()
    })
    return dot
  })
  chart.svg.append(...dots)
  const bound = value => Math.min(question.y.high, Math.max(question.y.low, Number(value.toPrecision(6))))
  /** Points that were not drawn take the height of the nearest one that was. */
  function fill() {
    const known = values.flatMap((value, index) => (value == null ? [] : [index]))
    values.forEach((value, index) => {
      if (value != null) return
      const nearest = known.length ? known.reduce((one, other) => (Math.abs(other - index) < Math.abs(one - index) ? other : one)) : null
      values[index] = nearest == null ? (question.y.low + question.y.high) / 2 : values[nearest]
    })
  }
  function update() {
    path.setAttribute('d', line(chart, question, values))
    dots.forEach((dot, index) => {
      const value = values[index]
      dot.setAttribute('cx', chart.across(place(question.x, question.points[index])))
      dot.setAttribute('cy', chart.up(value == null ? 0.5 : place(question.y, value)))
      dot.setAttribute('opacity', value == null ? 0.25 : 1)
      dot.setAttribute('aria-valuenow', value ?? '')
      dot.setAttribute('aria-valuetext', value == null ? 'not drawn' : withUnit(value, question.y.unit))
    })
    commit.disabled = values.includes(null)
  }
  let last = null
  function at(event) {
    const box = chart.svg.getBoundingClientRect()
    const share = (340 * (event.clientX - box.left) / box.width - chart.box.left) / (chart.box.right - chart.box.left)
    const up = (chart.box.bottom - 260 * (event.clientY - box.top) / box.height) / (chart.box.bottom - chart.box.top)
    return [share, bound(valueAt(question.y, Math.min(1, Math.max(0, up))))]
  }
  function follow(event) {
    const [share, value] = at(event)
    const [from, height] = last || [share, value]
    const places = question.points.map(point => place(question.x, point))
    const reach = 0.5 / Math.max(1, places.length - 1)
    places.forEach((spot, index) => {
      const [low, high] = from < share ? [from, share] : [share, from]
      if (spot < low - reach / 2 || spot > high + reach / 2) return
      const part = share === from ? 1 : Math.min(1, Math.max(0, (spot - from) / (share - from)))
      values[index] = bound(height + part * (value - height))
    })
    last = [share, value]
    update()
  }
  chart.svg.addEventListener('pointerdown', event => { chart.svg.setPointerCapture(event.pointerId); last = null; follow(event) })
  chart.svg.addEventListener('pointermove', event => { if (last) follow(event) })
  const lift = () => { if (last) { last = null; fill(); update() } }
  chart.svg.addEventListener('pointerup', lift)
  chart.svg.addEventListener('pointercancel', lift)
  update()
  return make('div', {}, rich('h1', question.text), make('p', { className: 'muted', textContent: 'Draw with your finger, from left to right.' }), chart.svg, row)
}

/** What is kept of a student, and the way to delete it. */
function foot() {
  const place_ = document.getElementById('foot')
  if (place_.firstChild || !shown) return
  const ends = new Date(1000 * shown.expires).toLocaleString([], { weekday: 'long', hour: '2-digit', minute: '2-digit' })
  const deleted = make('p', { role: 'status' })
  const button = make('button', { className: 'quiet', type: 'button', textContent: 'Delete my answers' })
  button.addEventListener('click', async () => {
    own.pending = null
    const isDone = await tried(async () => {
      const answer = await ask('forget', { sequence: own.sequence })
      deleted.textContent = answer.status === 200 ? 'Your answers are deleted.' : answer.content.problem
      own.answers = {}
      save()
    })
    if (!isDone) deleted.textContent = 'No connection: try again.'
    drawn = ''
    show()
  })
  place_.append(make('details', {}, make('summary', { textContent: 'What is stored about me?' }),
    make('p', { textContent: `Your answers and a random number; no name, no address. The class is over on ${ends}; a day later all of it is deleted.` }), button, deleted))
}

run()
