// A part of the student's page: a number on a scale.

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
