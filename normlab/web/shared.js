// What the phone's page and the wall's have in common. Nothing here needs a secure context: a room's address has none.

const NAMES = location.pathname.replace(/^(.*\/c)(\/.*)?$/, '$1') // the last: the app itself may be served below a /c
const CODE = location.pathname.slice(NAMES.length + 1).split('/')[0].toUpperCase().replace(/[^A-Z0-9]/g, '')
const UNDECIDED = 'dont-know'

/** A random text of 32 letters; crypto.randomUUID is not there without TLS. */
function random() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')
}

function make(name, properties = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (key in made && key !== 'list') made[key] = value
    else made.setAttribute(key, value)
  }
  made.append(...children.filter(child => child != null && child !== false))
  return made
}

/** Texts of lessons are safe HTML with MathML; the page's own headers forbid scripts in it besides. */
function rich(name, html, properties = {}) {
  return make(name, { innerHTML: html, ...properties })
}

function draw(name, attributes = {}, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

function short(value) {
  const size = Math.abs(value)
  return size && (size < 0.01 || size >= 1e5) ? value.toExponential(1).replace('e-', '·10⁻').replace('e+', '·10^')
    : String(Math.round(value * 100) / 100).replace('-', '−')
}

function withUnit(value, unit) {
  return short(value) + (unit === '%' ? ' %' : unit ? ` ${unit}` : '')
}

/** Where a value lies on an axis, from 0 to 1; and the value at a place. */
function place(axis, value) {
  if (axis.scale === 'log') return Math.log(value / axis.low) / Math.log(axis.high / axis.low)
  return (value - axis.low) / (axis.high - axis.low)
}

function valueAt(axis, share) {
  if (axis.scale === 'log') return axis.low * (axis.high / axis.low) ** share
  return axis.low + share * (axis.high - axis.low)
}

function ticks(axis) {
  return [0, 0.25, 0.5, 0.75, 1].map(share => [share, withUnit(valueAt(axis, share), axis.unit === '%' || share === 1 ? axis.unit : '')])
}

/** The frame of a chart: axes with labels, and where a point lies in it. */
function frame(x, y, width, height, label) {
  const box = { left: 46, right: width - 14, top: 22, bottom: height - (x ? 42 : 28) }
  const svg = draw('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label })
  const across = share => box.left + share * (box.right - box.left)
  const up = share => box.bottom - share * (box.bottom - box.top)
  for (const [share, text] of ticks(y)) {
    svg.append(draw('line', { class: 'axis', x1: box.left, x2: box.right, y1: up(share), y2: up(share) }))
    svg.append(draw('text', { x: box.left - 6, y: up(share) + 4, 'text-anchor': 'end' }, text))
  }
  svg.append(draw('text', { x: 4, y: 12 }, y.label))
  if (x) {
    for (const [share, text] of ticks(x)) {
      svg.append(draw('text', { x: across(share), y: box.bottom + 17, 'text-anchor': 'middle' }, text))
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
  const chart = frame(question.x, question.y, width, height, 'The sketched curves and the measured one')
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

/** Numbers on their scale: dots of both rounds, and what was measured, one line a seed. */
function strip(question, { rounds = {}, middle, own, measured, values = [] }, width, height) {
  const axis = { low: question.low, high: question.high, unit: question.unit, scale: question.scale, label: '' }
  const svg = draw('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'The predictions and the measured number' })
  const across = value => 20 + place(axis, value) * (width - 40)
  const floor = height - 30
  svg.append(draw('line', { class: 'axis', x1: 20, x2: width - 20, y1: floor, y2: floor, 'stroke-width': 2 }))
  for (const [share, text] of ticks(axis)) {
    const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle'
    svg.append(draw('text', { x: 20 + share * (width - 40), y: floor + 20, 'text-anchor': anchor }, text))
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
  if (measured != null) mark(measured, 'measured', `Measured ${withUnit(measured, question.unit)}`, 14)
  if (own != null) mark(own, 'given', `Yours ${withUnit(own, question.unit)}`, 34)
  else if (middle != null) mark(middle, 'given', `Middle ${withUnit(middle, question.unit)}`, 34)
  return svg
}
