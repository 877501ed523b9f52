// A part of the student's page: a question that is open, closed, and revealed.

function asked() {
  const question = shown.question
  const again = shown.round === 2 && make('div', { className: 'reply' },
    make('p', { className: 'big', textContent: 'Second vote' }), make('p', { textContent: 'Talk to your neighbor, then answer again.' }),
    mine(1) === undefined ? null : yours(1, 'Your first vote'))
  const said = make('p', { id: 'said', role: 'status' })
  return [again, ...images(question), globalThis[question.kind](question), said]
}

function closed() {
  const given = mine(shown.round)
  return [make('p', { className: 'big', textContent: 'Closed.' }), given === undefined
    ? make('p', { className: 'muted', textContent: 'You gave no answer this time.' }) : yours(shown.round),
  make('p', { className: 'muted', textContent: 'Look at the wall.' }), make('p', { id: 'said', role: 'status' })]
}

/** What a number or a curve is answered that lies too far from the measured one. */
function replied({ kind }, { tolerance, value, curve, replies, reply }, own) {
  const apart = kind === 'number' ? Math.abs(own - value) : own.reduce((sum, y, at) => sum + Math.abs(y - curve[at]), 0) / own.length
  if (!(apart > tolerance)) return ''
  return kind === 'number' ? replies.find(({ low, high }) => low <= own && own <= high)?.text : reply
}

function revealed() {
  const { question, reveal, tally, round } = shown
  const given = mine(round) ?? mine(1)
  const known = given !== undefined && given !== UNDECIDED ? given : null
  const parts = [rich('h2', reveal.sentence || '', { className: 'big' })]
  if (question.kind === 'choice') {
    if (known && reveal.replies?.[known]) parts.push(rich('p', reveal.replies[known], { className: 'reply' }))
    parts.push(bars(question, reveal, tally, known))
  } else {
    parts.push(make('p', {}, make('strong', { textContent: 'Your prediction: ' }), spoken(given)))
    const reply = known === null ? '' : replied(question, reveal, known)
    if (reply) parts.push(rich('p', reply, { className: 'reply' }))
    parts.push(question.kind === 'number'
      ? strip(question, { own: known, measured: reveal.value, values: reveal.values }, 340, 120)
      : curves(question, { own: known, measured: reveal.curve }, 340, 240))
    if (question.kind === 'sketch' && known) parts.push(make('p', { className: 'muted', textContent: 'The other line is yours.' }))
  }
  parts.push(rich('p', reveal.about || '', { className: 'muted' }))
  return parts
}
