// The wall: what is asked, how to join, how many have answered; after the reveal what was answered and what was measured.
// It cannot do anything: it only asks what there is to show.

const EVERY = 700 // ms
const browser = random()
const at = new URLSearchParams(location.search).get('at') || location.origin + NAMES.slice(0, -2)
const main = document.getElementById('main')
const aside = document.getElementById('aside')
const address = at.replace(/^https?:\/\//, '').replace(/\/$/, '')
let view = null
let name = ''
let drawn = ''

async function look() {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), 6000)
  try {
    const headers = { 'X-Browser': browser, ...(name ? { 'If-None-Match': name } : {}) }
    const answer = await fetch(`${NAMES}/${CODE}/wall`, { headers, cache: 'no-store', signal: abort.signal })
    if (answer.status === 304) return true
    const content = await answer.json()
    if (answer.status !== 200) return ended(content.problem)
    view = content
    name = answer.headers.get('ETag')
    if (view.over) return ended('This class is over.')
    show()
    return true
  } finally {
    clearTimeout(timer)
  }
}

async function run() {
  for (;;) {
    let goes = true
    try {
      goes = await look()
      document.querySelector('.down')?.remove()
    } catch {
      if (!document.querySelector('.down')) document.body.append(make('div', { className: 'down', role: 'status', textContent: 'No connection to the server: it is tried again.' }))
    }
    if (!goes) return
    await new Promise(done => setTimeout(done, EVERY))
  }
}

function ended(text) {
  document.body.className = 'lobbied'
  main.replaceChildren(make('h1', { textContent: text }))
  return false
}

const qr = () => make('img', { src: `${NAMES}/${CODE}/qr.svg?at=${encodeURIComponent(at)}`, alt: `The address ${address}/c/${CODE} as a picture for phones` })

function show() {
  const state = `${view.position} ${view.phase} ${view.round} ${view.phase === 'revealed' ? view.revision : ''} ${view.experiment ? view.experiment.dots.length : ''}`
  document.body.className = view.phase === 'lobby' ? 'lobbied' : ''
  if (drawn !== state) {
    drawn = state
    main.replaceChildren(...(view.phase === 'lobby' ? lobby() : view.experiment ? experiment() : question()))
    aside.replaceChildren(qr(), make('div', { className: 'where', textContent: `${address}/c` }), make('div', { className: 'code', textContent: CODE }),
      make('div', { className: 'counter', role: 'status' }, make('b', { id: 'answered' }), make('span', { id: 'of' })))
    fit()
    requestAnimationFrame(() => requestAnimationFrame(grow))
  }
  const { runs, ended } = view.experiment || {}
  write('answered', view.phase === 'running' ? ended : view.answered)
  write('of', view.phase === 'running' ? `of ${runs} runs are in` : view.phase === 'open' ? `of ${Math.max(view.here, view.answered)} have answered` : view.answered === 1 ? 'answer' : 'answers')
  write('here', view.here)
}

/** However long a question is, it is on the wall whole. */
function fit() {
  main.style.fontSize = ''
  const full = parseFloat(getComputedStyle(main).fontSize)
  for (let share = 1; share > 0.4 && main.scrollHeight > main.clientHeight; share -= 0.04) main.style.fontSize = `${full * share}px`
}
window.addEventListener('resize', fit)

function write(id, text) {
  const place_ = document.getElementById(id)
  if (place_ && place_.textContent !== String(text)) place_.textContent = text
}

function lobby() {
  const words = make('div', {}, make('div', { className: 'where', textContent: `${address}/c` }), make('div', { className: 'code', textContent: CODE }),
    make('div', { className: 'muted', textContent: 'Scan the square, or type the address and the code.' }),
    make('div', { className: 'here', role: 'status' }, make('b', { id: 'here' }), ' here'))
  const count = view.position || view.of === 1 ? '' : `${view.of} questions`
  return [make('div', { className: 'count', textContent: view.position ? `Next: question ${view.position + 1} of ${view.of}` : count }), make('div', { className: 'lobby' }, words, qr())]
}

function question() {
  const { question, phase, round } = view
  const states = { open: round === 2 ? 'Second vote: talk, then answer again' : 'Your prediction?', closed: 'Closed' }
  const isTold = phase === 'revealed'
  const parts = [head(states), rich('h1', question.text), ...(isTold ? [] : images(question))]
  if (question.kind === 'choice') {
    const chart = question.picture && make('div', { className: 'chart' }, results(question.picture, isTold && view.reveal.measured, 300, 242))
    parts.push(make('div', { className: chart ? 'both' : '' }, options(question, isTold), chart))
  }
  else if (isTold) parts.push(make('div', { className: 'chart' }, picture(question)))
  else if (question.kind === 'sketch') parts.push(make('div', { className: 'chart' }, frame(question.x, question.y, 540, 270, 'The empty chart').svg))
  else parts.push(make('div', { className: 'chart' }, strip(question, {}, 540, 135)))
  if (isTold) {
    parts.push(rich('p', view.reveal.sentence || '', { className: 'verdict' }))
    parts.push(rich('p', view.reveal.about || '', { className: 'about' }))
    parts.push(legend(question))
  }
  return parts
}

/** Which question it is, and in which of the `states` (words by phase). */
function head(states) {
  const { phase, position, of } = view
  return make('div', {}, of > 1 && make('span', { className: 'count', textContent: `${position + 1} / ${of}  ` }),
    states[phase] && make('span', { className: `state ${phase}`, textContent: states[phase] }))
}

const fallen = new Set()
/** The class' own runs: as they come in, and once, at the end, what they say. */
function experiment() {
  const { question, phase, experiment: all, reveal } = view
  const states = { open: 'Your prediction?', running: 'Training', revealed: '' }
  const isTold = phase === 'revealed'
  const told = isTold ? { stored: reveal.stored, bets: all.bets } : { seen: new Set(fallen) }
  const chart = strips(question, { dots: all.dots, ...told }, 760, isTold ? 270 : 300)
  all.dots.forEach((_, index) => fallen.add(index))
  const words = isTold ? [reveal.detail, `● ${all.dots.length} runs of this class`, reveal.stored.some(values => values.length) && '○ stored seeds, not counted', all.bets.flat().length > 0 && make('span', {}, make('b', { textContent: '❙' }), ' your predictions')]
    : [`${all.runs} runs, ${all.runs / 2} of each. Learned: above ${question.learned} %. The verdict comes once, when all are in: looking again and again until it says yes would make false claims.`]
  return [head(states), rich('h1', question.text), make('div', { className: 'chart strips' }, chart), isTold && make('p', { className: 'verdict', textContent: reveal.sentence }),
    make('p', { className: 'legend' }, ...words.filter(Boolean).map(word => make('span', {}, word)))].filter(Boolean)
}

function options(question, isTold) {
  const list = make('ol', { className: 'options' })
  const counts = isTold ? view.tally.counts : {}
  const both = '1' in counts && '2' in counts
  const last = both || '2' in counts ? '2' : '1'
  question.options.forEach(({ key, text }, index) => {
    const isRight = isTold && key === view.reveal.right
    const share = number => (counts[number]?.[key] || 0) / (view.tally?.answered[number] || 1)
    const percent = isTold ? `${both ? `${Math.round(100 * share('1'))} → ` : ''}${Math.round(100 * share(last))} %` : ''
    const track = make('div', { className: 'track' })
    if (isTold) {
      track.append(make('i', { 'data-width': share(last) }))
      if (both) track.append(make('i', { className: 'first', 'data-width': share('1') }))
    }
    list.append(make('li', { className: isRight ? 'right' : '' },
      make('div', { className: 'words' }, make('b', { textContent: 'ABCDEFGHIJ'[index] }), rich('span', text),
        isRight && make('span', { className: 'tag', textContent: '✓ measured' }), make('em', { textContent: percent })), track))
  })
  return list
}

/** What networks came to: a dot each in a column an arm, or the arms' lines. Without them the empty axes. */
function results({ x, y, at: decided, alt }, measured, width, height) {
  const isColumns = x.scale === 'names'
  const chart = frame(isColumns ? null : x, y, width, height, measured ? 'What was measured' : alt, decided)
  const { svg, box, across, up } = chart
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches
  const put = (color, kind, attributes, ...content) => {
    const part = draw(kind, { class: 'arm', ...attributes }, ...content)
    part.style[kind === 'polyline' ? 'stroke' : 'fill'] = color[isDark ? 1 : 0]
    svg.append(part)
    return part
  }
  const middle = index => box.left + (index + 0.5) * (box.right - box.left) / x.ticks.length
  if (isColumns) x.ticks.forEach(({ text }, index) => svg.append(stacked(text, middle(index), box.bottom + 15)))
  measured?.columns?.forEach(({ color, values }, index) => values.forEach((value, turn) =>
    put(color, 'circle', { cx: middle(index) + 9 * ((turn % 5) - 2), cy: up(place(y, value)), r: 6 })))
  const labels = (measured?.lines || []).map(({ name, color, points }) => {
    const spots = points.map(([at, value]) => [across(place(x, at)), up(place(y, value))])
    put(color, 'polyline', { points: spots.join(' ') })
    points.forEach(([at], index) => at === decided && put(color, 'circle', { cx: spots[index][0], cy: spots[index][1], r: 6 }))
    const [right, high] = spots[spots.length - 1]
    return put(color, 'text', { x: right, y: high, 'text-anchor': 'end' }, name)
  })
  setApart(labels)
  svg.append(...labels)
  return svg
}

/** A column's name: two lines at most. */
function stacked(text, x, y) {
  const words = text.split(' ')
  const first = words.length > 1 ? words.slice(0, Math.ceil(words.length / 2)) : words
  const lines = [first.join(' '), words.slice(first.length).join(' ')]
  return draw('text', { class: 'name', x, y, 'text-anchor': 'middle' }, ...lines.map((line, at) => draw('tspan', { x, dy: 15 * at }, line)))
}

/** Names of lines that end close together: each above its line, or all below where the top has no room. */
function setApart(labels) {
  const [gap, top] = [15, 16]
  const height = label => Number(label.getAttribute('y'))
  const fromTop = labels.sort((one, other) => height(one) - height(other))
  const above = fromTop.reduceRight((found, label) => [Math.min(height(label) - 8, (found[0] ?? Infinity) - gap), ...found], [])
  const below = fromTop.reduce((found, label) => [...found, Math.max(height(label) + 18, (found.at(-1) ?? 0) + gap)], [])
  fromTop.forEach((label, index) => label.setAttribute('y', (above[0] < top ? below : above)[index]))
}

/** Bars grow once they are there. Widths are set by script: the page's headers allow no style in its text. */
function grow() {
  for (const bar of document.querySelectorAll('[data-width]')) bar.style.width = `${100 * bar.dataset.width}%`
}

function picture(question) {
  const { tally, reveal } = view
  const last = '2' in tally.values ? '2' : '1'
  if (question.kind === 'number') {
    return strip(question, { rounds: tally.values, middle: tally.middle[last], measured: reveal.value, values: reveal.values }, 540, 211)
  }
  return curves(question, { given: tally.values[last], middle: tally.middle[last], measured: reveal.curve }, 540, 270)
}

function legend(question) {
  const { tally } = view
  const words = []
  const both = '1' in tally.answered && '2' in tally.answered
  if (both && question.kind !== 'sketch') {
    words.push(make('span', {}, make('i'), `first vote (${tally.answered[1]})`), make('span', {}, make('i', { className: 'second' }), `second vote (${tally.answered[2]})`))
  }
  if (both && question.kind === 'choice') {
    const moved = tally.moved.filter(([from, to]) => from !== to)
    const all = moved.reduce((sum, [, , count]) => sum + count, 0)
    const good = moved.reduce((sum, [, to, count]) => sum + (to === view.reveal.right ? count : 0), 0)
    words.push(make('span', { textContent: all ? `${all} changed their mind, ${good} of them to the measured answer` : 'nobody changed their mind' }))
  }
  const undecided = question.kind === 'choice' ? tally.counts['2' in tally.counts ? '2' : '1']?.[UNDECIDED] : 0
  if (undecided) words.push(make('span', { textContent: `${undecided} did not know` }))
  if (question.kind === 'sketch') words.push(make('span', { textContent: 'Thin: each of you. Dashed: your middle.' }))
  if (question.kind === 'number' && view.reveal.values) words.push(make('span', { textContent: 'Measured lines: one network each.' }))
  return make('p', { className: 'legend' }, ...words)
}

run()
