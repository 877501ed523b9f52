// A part of the student's page: options, of which one is chosen.

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
