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

/** Marks of an axis: where they lie, what they say, and their values; without its own, quarters. */
function ticks(axis) {
  if (axis.ticks) return axis.ticks.map(({ at, text }) => [place(axis, at), text, at])
  return [0, 0.25, 0.5, 0.75, 1].map(share => [share, withUnit(valueAt(axis, share), axis.unit === '%' || share === 1 ? axis.unit : '')])
}

/** Images that the question is about, a row each, as networks see them. */
function images({ picture }) {
  return (picture?.scene || []).map(({ name, image }) => make('p', { className: 'scene' }, name, make('img', { src: image, alt: name ? '' : picture.alt })))
}
