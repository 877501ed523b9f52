// A part of the student's page: the run that the student owns in the class' experiment.

let run_ = null // as the server last told it
let pressed = false // Train, until the server knows
let following = false

/** What stands on the page; `follow` keeps the run's part up to date. */
function experiment() {
  const { question, phase, reveal, experiment: all } = shown
  const said = make('p', { id: 'said', role: 'status' })
  const card = make('div', { id: 'run', className: 'reply' })
  follow()
  requestAnimationFrame(tell)
  if (phase === 'open') return [card, number(question), said]
  const bet = make('p', {}, make('strong', { textContent: 'Your prediction: ' }), spoken(mine(1)))
  if (phase === 'running') return [card, bet, make('p', { className: 'muted', textContent: 'The class’s runs are on the wall.' }), said]
  const own = run_ && ['finished', 'diverged'].includes(run_.state) ? [run_.arm, run_.accuracy] : null
  const chart = strips(question, { dots: all.dots, own }, 340, 270)
  return [card, bet, make('p', { className: 'big', textContent: reveal.sentence }), make('p', { className: 'muted', textContent: reveal.detail }), chart, said]
}

/** Asks for the run: every 1.5 s while runs are trained, else less often. */
async function follow() {
  if (following) return
  following = true
  for (;;) {
    const phase = !isOver && shown.question?.kind === 'experiment' && shown.phase
    if (!phase || phase === 'lobby') break
    const isUp = await tried(async () => {
      const answer = await ask('run', { position: shown.position, train: pressed && phase === 'running' })
      if (answer.status === 200) {
        if (run_ && phase === 'open' && run_.place !== answer.content.place) drawn = '' // another one: predict anew
        run_ = answer.content
        if (run_.state !== 'ready') pressed = false
      } else if (answer.status !== 403 && phase !== 'revealed') refused = answer.content.problem
    })
    if (!drawn) await tried(join)
    if (!drawn) show()
    tell()
    if (isUp && phase === 'revealed') { // its picture marks the own dot
      drawn = ''
      show()
      break
    }
    await new Promise(done => { waiting = done; setTimeout(done, isUp ? (phase === 'running' ? 1500 : 5000) : 1000 * Math.min(10, failures + Math.random())) })
  }
  following = false
  refused = ''
}

function tell() {
  const card = document.getElementById('run')
  if (!card || !run_) return
  const state = JSON.stringify([run_, pressed, shown.phase])
  if (card.dataset.state === state) return
  card.dataset.state = state
  const arm = shown.question.arms[run_.arm]
  const name = make(shown.phase === 'open' ? 'p' : 'h1', { className: 'big' }, `Run ${run_.place + 1}: ${arm.name}`)
  name.style.color = arm.color[matchMedia('(prefers-color-scheme: dark)').matches ? 1 : 0]
  const team = run_.owners > 1 ? ` · yours and ${run_.owners - 1} other${run_.owners > 2 ? 's’' : '’s'}` : ''
  card.replaceChildren(name, make('p', { className: 'muted', textContent: `Seed ${run_.seed}${team}` }), ...how().filter(Boolean))
}

function how() {
  const words = (text, className = 'big') => make('p', { className, textContent: text })
  if (shown.phase === 'open') return []
  if (run_.state === 'ready' && !pressed && shown.phase === 'running') {
    const button = make('button', { type: 'button', textContent: 'Train' })
    button.addEventListener('click', () => {
      pressed = true
      refused = ''
      tell()
      waiting?.()
    })
    return [make('div', { className: 'row' }, button), run_.starts != null && words(`It starts by itself in ${run_.starts} s.`, 'muted')]
  }
  if (shown.phase === 'running' && (run_.state === 'ready' || run_.state === 'waiting')) {
    return [words(run_.ahead ? `${run_.ahead} before yours, about ${run_.seconds} s` : 'Next')]
  }
  const { curve } = run_
  const chart = curve.length > 0 && grown(curve)
  if (run_.state === 'finished') {
    const verdict = run_.accuracy > shown.question.learned ? 'It learned.' : 'It did not learn.'
    return [words(`${tenth(run_.accuracy)}. ${verdict}`), chart]
  }
  if (run_.state === 'diverged') return [words('Stopped: its loss is no number (NaN). It did not learn.'), chart]
  if (run_.state === 'lost') return [words('It could not be trained: it does not count.')]
  if (shown.phase === 'revealed') return [words('It was not ready in time: it does not count.', 'muted')]
  return [words(curve.length ? tenth(curve.at(-1)) : 'Training …'), words(`Epoch ${curve.length} of ${shown.question.epochs}`, 'muted'), chart]
}

const tenth = value => `${Math.round(value * 10) / 10} %`

/** The test accuracy, epoch by epoch. */
function grown(curve) {
  const question = { x: { low: 0, high: shown.question.epochs }, y: { low: 0, high: 100, unit: '%', label: 'Test accuracy by epoch' }, points: curve.map((_, at) => at + 1) }
  return curves(question, { own: curve }, 340, 170)
}
