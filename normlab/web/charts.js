// Charts with two axes, and the curves in them.

/** The frame of a chart: axes with labels, and where a point lies in it. `decided` is the x that counts. */
function frame(x, y, width, height, label, decided) {
  const box = { left: 46, right: width - 14, top: 22, bottom: height - (x ? 42 : 36) }
  const svg = draw('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label })
  const across = share => box.left + share * (box.right - box.left)
  const up = share => box.bottom - share * (box.bottom - box.top)
  for (const [share, text] of ticks(y)) {
    svg.append(draw('line', { class: 'axis', x1: box.left, x2: box.right, y1: up(share), y2: up(share) }))
    svg.append(draw('text', { x: box.left - 6, y: up(share) + 4, 'text-anchor': 'end' }, text))
  }
  svg.append(draw('text', { x: 4, y: 12 }, y.label))
  if (x) {
    for (const [share, text, at] of ticks(x)) {
      const counts = decided != null && at === decided
      if (counts) svg.append(draw('line', { class: 'axis', x1: across(share), x2: across(share), y1: box.top, y2: box.bottom }))
      svg.append(draw('text', { class: counts ? 'decided' : '', x: across(share), y: box.bottom + 17, 'text-anchor': 'middle' }, text))
    }
    svg.append(draw('text', { x: (box.left + box.right) / 2, y: height - 6, 'text-anchor': 'middle' }, x.label))
  }
  return { svg, box, across, up }
}

/** The points of a curve as a path. */
function line(chart, question, curve) {
  return curve.map((value, index) => (value == null ? '' :
    `${index && curve[index - 1] != null ? 'L' : 'M'}${chart.across(place(question.x, question.points[index])).toFixed(1)},` +
    `${chart.up(place(question.y, value)).toFixed(1)}`)).join('')
}

/** Sketches of a class, faint, their middle, one's own, and what was measured. */
function curves(question, { given = [], middle, own, measured }, width, height) {
  const chart = frame(question.x.label ? question.x : null, question.y, width, height, measured ? 'The sketched curves and the measured one' : question.y.label)
  const faint = Math.max(0.08, Math.min(0.5, 6 / (given.length || 1)))
  for (const curve of given) chart.svg.append(draw('path', { class: 'given', d: line(chart, question, curve), opacity: faint }))
  if (middle) chart.svg.append(draw('path', { class: 'given', d: line(chart, question, middle), 'stroke-dasharray': '7 5' }))
  if (own) chart.svg.append(draw('path', { class: 'given', d: line(chart, question, own) }))
  if (measured) {
    const high = chart.up(place(question.y, measured.findLast(value => value != null)))
    chart.svg.append(draw('path', { class: 'measured', d: line(chart, question, measured) }))
    chart.svg.append(draw('text', { class: 'measured', x: chart.box.right, y: Math.max(16, high - 8), 'text-anchor': 'end' }, 'measured'))
  }
  return chart.svg
}
