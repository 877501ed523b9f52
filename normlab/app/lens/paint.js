// Numbers as text, and values as colors.

// ---- text ----

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"

// Three decimals, or powers of ten for what is tiny or huge, with a true minus sign.
function told(value) {
  if (Number.isNaN(value)) return "no number"
  if (!Number.isFinite(value)) return value < 0 ? "−∞" : "∞"
  const size = Math.abs(value)
  const text = size !== 0 && (size < 0.001 || size >= 1e5) ? powered(value.toExponential(1)) : value.toFixed(size >= 100 ? 1 : 3)
  return signed(text)
}

// To single precision's last digit.
function exact(value) {
  return Number.isFinite(value) ? signed(powered(String(Number(value.toPrecision(8))))) : told(value)
}

const signed = (text) => (/^-[0.]*$/.test(text) ? text.slice(1) : text.replace("-", "−"))

function powered(text) {
  const [mantissa, exponent] = text.split("e")
  if (exponent === undefined) return text
  const raised = String(Number(exponent)).replace(/\d/g, (digit) => RAISED[digit]).replace("-", "⁻")
  return `${mantissa}·10${raised}`
}

const counted = (count, word) => `${count.toLocaleString("en-US")} ${word}${count === 1 ? "" : "s"}`

// ---- color ----

const LEVELS = 256

const rgb = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16))

const mix = (one, other, share) => one.map((part, at) => part + (other[at] - part) * share)

// A table of colors between evenly spaced stops, as a canvas keeps its pixels.
function ramp(...stops) {
  const table = new Uint32Array(LEVELS)
  const parts = new DataView(table.buffer)
  for (let level = 0; level < LEVELS; level++) {
    const place = (level / (LEVELS - 1)) * (stops.length - 1)
    const left = Math.min(Math.floor(place), stops.length - 2)
    const color = mix(stops[left], stops[left + 1], place - left)
    color.forEach((part, at) => parts.setUint8(4 * level + at, Math.round(part)))
    parts.setUint8(4 * level + 3, 255)
  }
  return table
}

// The ramps of a theme. Ink: more is darker on a light page, lighter on a dark one. A norm: gray below zero, its color
// above. Signs: the page's color is the lowest, gray is zero, ink the highest. Lit: on a ground of the norm's color.
function palette(colors) {
  const [paper, ink, faint, muted] = [colors.paper, colors.ink, colors.faint, colors.muted].map(rgb)
  const zero = mix(paper, faint, 0.5)
  const low = mix(paper, muted, 0.85)
  const each = (make) => Object.fromEntries(Object.entries(colors.norms).map(([key, { color }]) => [key, make(rgb(color))]))
  return {
    ink: ramp(zero, ink),
    signs: ramp(paper, mix(paper, ink, 0.45), ink),
    norm: each((own) => diverging(low, zero, own, ink)),
    lit: each((own) => ramp(mix(paper, own, 0.22), own, mix(own, ink, 0.5))),
  }
}

function diverging(low, zero, own, ink) {
  const [below, above] = [ramp(low, zero), ramp(zero, mix(zero, own, 0.75), own, mix(own, ink, 0.25))]
  return Uint32Array.from({ length: LEVELS }, (_, level) => {
    const share = (2 * level) / (LEVELS - 1) - 1
    return share < 0 ? below[Math.round((1 + share) * (LEVELS - 1))] : above[Math.round(share * (LEVELS - 1))]
  })
}

// ---- canvases ----

const scratch = document.createElement("canvas")

// One map, a pixel a value; what is no number shows nothing.
function pictureOf(values, start, size, { low, high, table }) {
  const picture = new ImageData(size, size)
  const pixels = new Uint32Array(picture.data.buffer)
  const scale = high > low ? (LEVELS - 1) / (high - low) : 0
  for (let at = 0; at < pixels.length; at++) {
    const level = Math.round((values[start + at] - low) * scale)
    pixels[at] = Number.isNaN(level) ? 0 : table[Math.max(0, Math.min(LEVELS - 1, level))]
  }
  return picture
}

// On a canvas whose side is so many pixels of the page, if that is said.
function put(canvas, picture, side) {
  if (canvas.width !== picture.width) canvas.width = canvas.height = picture.width
  if (side) canvas.style.width = canvas.style.height = `${side}px`
  canvas.getContext("2d").putImageData(picture, 0, 0)
}

// The same, stretched into a square of a larger drawing.
function stamp(context, picture, x, y, side) {
  put(scratch, picture)
  context.imageSmoothingEnabled = side < 2 * picture.width && side % picture.width !== 0
  context.drawImage(scratch, x, y, side, side)
}

// A canvas of this size on the page, sharp on every screen, and empty.
function fresh(canvas, width, height) {
  const sharp = Math.max(1, window.devicePixelRatio || 1)
  const [wide, high] = [Math.round(width * sharp), Math.round(height * sharp)]
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high })
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` })
  const context = canvas.getContext("2d")
  context.setTransform(sharp, 0, 0, sharp, 0, 0)
  context.clearRect(0, 0, width, height)
  return context
}

// The colors of a step's values in the first image: all channels on one scale.
function scaleOf(step, palette) {
  const end = step.channels * step.size ** 2
  let [low, high] = [Infinity, -Infinity]
  for (let at = 0; at < end; at++) {
    const value = step.values[at]
    if (!Number.isFinite(value)) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  if (low > high) [low, high] = [0, 1]
  const ends = { least: low, most: high }
  if (step.found) {
    const most = Math.max(-low, high) || 1
    return { ...ends, low: -most, high: most, table: palette.norm[step.step] }
  }
  if (step.step === "relu") low = 0
  return { ...ends, low, high: high > low ? high : low + 1, table: palette.ink }
}
