// Numbers on one scale.

/** Numbers on their scale: dots of both rounds, and what was measured, one line a seed. */
function strip(question, { rounds = {}, middle, own, measured, values = [] }, width, height) {
  const svg = draw('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'The predictions and the measured number' })
  const across = value => 20 + place(question, value) * (width - 40)
  const floor = height - 30
  svg.append(draw('line', { class: 'axis', x1: 20, x2: width - 20, y1: floor, y2: floor, 'stroke-width': 2 }))
  for (const [share, text] of ticks(question)) {
    const x = 20 + share * (width - 40)
    if (measured != null && Math.abs(x - across(measured)) < 30) continue
    svg.append(draw('text', { x, y: floor + 20, 'text-anchor': share > 0.98 ? 'end' : 'middle' }, text))
  }
  const numbers = Object.keys(rounds)
  const radius = Math.max(2.5, Math.min(7, width / 130))
  for (const number of numbers) {
    const heights = new Map()
    for (const value of rounds[number]) {
      const column = Math.round(across(value) / (2.2 * radius))
      const stacked = heights.get(column) || 0
      heights.set(column, stacked + 1)
      const isFirst = numbers.length > 1 && number === '1'
      const y = floor - 4 - radius - Math.min(stacked * 2.1 * radius, floor - 60)
      svg.append(draw('circle', { class: isFirst ? 'first' : 'given', cx: column * 2.2 * radius, cy: y, r: radius, opacity: isFirst ? 0.55 : 0.9 }))
    }
  }
  for (const value of values) {
    svg.append(draw('line', { class: 'measured', x1: across(value), x2: across(value), y1: floor - 9, y2: floor + 3, opacity: 0.6 }))
  }
  const mark = (value, kind, text, y) => {
    const anchor = across(value) > width - 90 ? 'end' : across(value) < 90 ? 'start' : 'middle'
    svg.append(draw('line', { class: kind, x1: across(value), x2: across(value), y1: y + 6, y2: floor }))
    svg.append(draw('text', { class: kind, x: across(value), y, 'text-anchor': anchor }, text))
  }
  if (measured != null) {
    mark(measured, 'measured', `Measured ${withUnit(measured, question.unit)}`, 14)
    svg.append(draw('text', { class: 'measured', x: across(measured), y: floor + 20, 'text-anchor': 'middle' }, short(measured)))
  }
  if (own != null) mark(own, 'given', `Yours ${withUnit(own, question.unit)}`, 34)
  else if (middle != null) mark(middle, 'given', `Middle ${withUnit(middle, question.unit)}`, 34)
  return svg
}
