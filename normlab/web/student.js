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
  if (answer.content.question) await need(answer.content.question.kind)
  shown = answer.content
  name = answer.name
  if (shown.over) over()
}

const loaded = new Set()
/** What a kind of question needs comes with the first of it; the page's headers know the script's hash. */
async function need(kind) {
  if (loaded.has(kind)) return
  const answer = await fetch(`${NAMES}/parts/${kind}.js`)
  if (!answer.ok) throw new Error()
  document.head.append(make('script', { textContent: await answer.text() }))
  loaded.add(kind)
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
  if (shown.question.kind === 'experiment') return paint(state, count, ...experiment())
  if (shown.phase === 'open') return paint(state, count, ...asked())
  if (shown.phase === 'closed') return paint(state, count, rich('h1', shown.question.text), ...closed())
  paint(state, count, rich('h1', shown.question.text), ...revealed())
}

const mine = round => own.answers[`${shown.position}.${round}`]

function spoken(answer) {
  const question = shown.question
  if (answer === undefined) return 'none'
  if (answer === UNDECIDED) return 'I don’t know'
  if (question.kind === 'choice') return make('span', { innerHTML: (question.options.find(option => option.key === answer) || { text: '?' }).text })
  if (typeof answer === 'number') return withUnit(answer, question.unit)
  return 'the curve you drew'
}

function yours(round, label = 'Your prediction') {
  return make('p', {}, make('strong', { textContent: `${label}: ` }), spoken(mine(round)))
}

function buttons(read, isReady) {
  const commit = make('button', { type: 'button', textContent: 'Send my prediction', disabled: !isReady })
  commit.addEventListener('click', () => { const answer = read(); if (answer != null) give(answer) })
  const unknown = make('button', { type: 'button', className: 'quiet', textContent: 'I don’t know' })
  unknown.addEventListener('click', () => give(UNDECIDED))
  return { commit, row: make('div', { className: 'row' }, commit, unknown) }
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
