// A part of the student's page: a curve that is drawn with a finger or with the keyboard.

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
