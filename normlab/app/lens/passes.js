// The network's forward pass over a few images, and one value's way through a layer. Knows no page.
//
// Arrays hold (image, channel, row, column), in this order. Sums are double precision, what a layer puts out is single,
// as in the network that was trained. Which values share a statistic is said by each norm: see `sharing`.

const EPSILON = 1e-5 // as PyTorch adds it to a variance

// ---- what arrives ----

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
}

async function inflated(text) {
  const stream = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("deflate"))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

// Arrays by name in a state dict's order, from the bytes of all numbers, sorted by their place in a number.
async function unpacked(text, network) {
  const planes = await inflated(text)
  const count = planes.length / 4
  const mixed = new Uint8Array(planes.length)
  for (let place = 0; place < 4; place++) {
    for (let at = 0; at < count; at++) mixed[4 * at + place] = planes[place * count + at]
  }
  const numbers = new Float32Array(mixed.buffer)
  const found = {}
  let start = 0
  for (const [name, length] of arraysOf(network)) {
    found[name] = numbers.subarray(start, start + length)
    start += length
  }
  return found
}

// Names and lengths of a state dict's arrays.
function arraysOf({ stages, norms, biases }) {
  return stages.filter((stage) => !isPool(stage)).flatMap((stage) => {
    const { key, inputs, channels, kernel } = stage
    const parts = (norm) => [...norms[norm].parameters, ...norms[norm].buffers]
    const own = Object.keys(stage.norms).flatMap((norm) => parts(norm).map((part) => `${key}.${norm}.${part}`))
    const bias = biases ? [`${weightsOf(stage)}.bias`] : []
    const weight = [`${weightsOf(stage)}.weight`, channels * inputs * kernel ** 2]
    return [weight, ...[...bias, ...own].map((name) => [name, channels])]
  })
}

// Bytes 0..255 as the network takes them.
function normalizedPixels(pixels, [mean, std]) {
  const single = Math.fround
  return Float32Array.from(pixels, (pixel) => single(single(pixel / 255) - single(mean)) / single(std)) // rounded as it is kept
}

// The stages with all there is to know of their norms.
function stagesOf({ stages, norms }) {
  const known = (own) => Object.entries(own).map(([key, channels]) => ({ ...norms[key], channels }))
  return stages.map((stage) => ({ ...stage, norms: known(stage.norms) }))
}

// ---- the pass ----

// Every step of the network for normalized images of size × size: {stage, step, count, channels, size, values}, behind a
// norm with its statistics, `found`.
function passed(stages, size, weights, pixels, view) {
  let x = { stage: "image", step: "", count: pixels.length / size ** 2, channels: 1, size, values: pixels }
  const steps = [x]
  const add = (step) => steps.push((x = step))
  for (const stage of stages) {
    add(isPool(stage) ? pooled(x, stage) : convolved(x, stage, weights))
    for (const norm of stage.norms) add(normalized(x, stage, norm, weights, view))
  }
  return steps
}

const isPool = (stage) => stage.kind === "max" || stage.kind === "average"

const weightsOf = (stage) => (stage.kind === "block" ? `${stage.key}.conv` : stage.key)

// A convolution, and in a block ReLU.
function convolved(x, stage, weights) {
  const { kernel: k, padding, channels } = stage
  const [kernel, bias] = ["weight", "bias"].map((part) => weights[`${weightsOf(stage)}.${part}`])
  const size = x.size + 2 * padding - k + 1
  const isBlock = stage.kind === "block"
  const y = output(x, stage, isBlock ? "relu" : "", channels, size)
  const sums = new Float64Array(size * size)
  for (let image = 0; image < x.count; image++) {
    for (let o = 0; o < channels; o++) {
      sums.fill(bias ? bias[o] : 0)
      for (let i = 0; i < x.channels; i++) {
        const from = (image * x.channels + i) * x.size ** 2
        for (let tap = 0; tap < k * k; tap++) {
          const weight = kernel[(o * x.channels + i) * k * k + tap]
          const [down, right] = [Math.floor(tap / k) - padding, (tap % k) - padding]
          const [first, end] = [Math.max(0, -right), Math.min(size, x.size - right)]
          for (let row = Math.max(0, -down); row < Math.min(size, x.size - down); row++) {
            const line = from + (row + down) * x.size + right
            for (let column = first; column < end; column++) sums[row * size + column] += weight * x.values[line + column]
          }
        }
      }
      y.values.set(isBlock ? sums.map((sum) => Math.max(0, sum)) : sums, (image * channels + o) * size * size)
    }
  }
  return y
}

function pooled(x, stage) {
  const size = Math.floor(x.size / stage.kernel)
  const y = output(x, stage, "", x.channels, size)
  for (let at = 0; at < y.values.length; at++) {
    const [map, place] = [Math.floor(at / size ** 2), at % size ** 2]
    const window = windowOf(x, map, Math.floor(place / size) * stage.kernel, (place % size) * stage.kernel, stage.kernel)
    y.values[at] = stage.kind === "max" ? Math.max(...window) : window.reduce((sum, value) => sum + value, 0) / window.length
  }
  return y
}

function output(x, stage, step, channels, size) {
  const values = new Float32Array(x.count * channels * size * size)
  return { stage: stage.key, step, count: x.count, channels, size, values }
}

// The values of map number `map` (image · channels + channel) under a window; beyond the edge is 0.
function windowOf(x, map, top, left, width) {
  return Float64Array.from({ length: width ** 2 }, (_, at) => {
    const [row, column] = [top + Math.floor(at / width), left + (at % width)]
    const inside = row >= 0 && column >= 0 && row < x.size && column < x.size
    return inside ? x.values[(map * x.size + row) * x.size + column] : 0
  })
}

// The first image's value at a cell.
const valueAt = ({ values, size }, { channel, row, column }) => values[(channel * size + row) * size + column]

// ---- norms ----

// Which of the images and channels share the statistic of a value of the first image: none where it is remembered.
function sharing(norm, view, channel) {
  const isRemembered = view === "test" && norm.remembers
  const equal = (numbers, own) => numbers.map((number) => !isRemembered && number === own)
  return { images: equal(norm.images, norm.images[0]), channels: equal(norm.channels, norm.channels[channel]) }
}

// Mean and variance (or mean square) by image and channel: {center, spread, count}, what is remembered with count 0.
function statistics(x, stage, norm, weights, view) {
  if (view === "test" && norm.remembers) {
    const [mean, variance] = norm.buffers.map((part) => weights[`${stage.key}.${norm.key}.${part}`])
    return (_, channel) => ({ center: mean[channel], spread: variance[channel], count: 0 })
  }
  const groups = new Map()
  const area = x.size ** 2
  const maps = []
  for (let image = 0; image < x.count; image++) {
    for (let channel = 0; channel < x.channels; channel++) {
      const name = `${norm.images[image]} ${norm.channels[channel]}`
      if (!groups.has(name)) groups.set(name, { center: 0, spread: 0, count: 0 })
      maps.push([groups.get(name), (image * x.channels + channel) * area])
    }
  }
  for (const [group, start] of maps) {
    for (let at = start; at < start + area; at++) group.center += x.values[at]
    group.count += area
  }
  for (const group of groups.values()) group.center = norm.centers ? group.center / group.count : 0
  for (const [group, start] of maps) {
    for (let at = start; at < start + area; at++) group.spread += (x.values[at] - group.center) ** 2 / group.count
  }
  return (image, channel) => groups.get(`${norm.images[image]} ${norm.channels[channel]}`)
}

// y = γ·(x − μ)/√(σ² + ε) + β; without a mean μ is 0, without an offset β is.
function normalized(x, stage, norm, weights, view) {
  const found = statistics(x, stage, norm, weights, view)
  const y = { ...output(x, stage, norm.key, x.channels, x.size), found }
  const area = x.size ** 2
  for (let image = 0; image < x.count; image++) {
    for (let channel = 0; channel < x.channels; channel++) {
      const { center, spread } = found(image, channel)
      const { gamma, beta } = learned(stage, norm, weights, channel)
      const scale = gamma / Math.sqrt(spread + EPSILON)
      const start = (image * x.channels + channel) * area
      for (let at = start; at < start + area; at++) y.values[at] = (x.values[at] - center) * scale + beta
    }
  }
  return y
}

function learned(stage, norm, weights, channel) {
  const [gamma, beta] = norm.parameters.map((part) => weights[`${stage.key}.${norm.key}.${part}`][channel])
  return { gamma, beta: beta ?? 0 }
}

// ---- one value ----

// How the value of the first image at `cell` came about, by its own arithmetic: {source, patch, kernel, bias, sum, relu,
// norms: [{norm, x, center, spread, count, lit, hat, gamma, beta, output}], output, layer}. `layer` is what the pass has.
function wayOf(stages, weights, steps, view, cell) {
  const stage = stages.find(({ key }) => key === cell.stage)
  const own = steps.filter((step) => step.stage === cell.stage)
  const source = steps[steps.indexOf(own[0]) - 1]
  const { kernel: k, padding } = stage
  if (isPool(stage)) {
    const patch = windowOf(source, cell.channel, cell.row * k, cell.column * k, k)
    const sum = patch.reduce((total, value) => total + value, 0)
    const result = stage.kind === "max" ? Math.max(...patch) : sum / patch.length
    return { stage, source, patch, norms: [], output: result, layer: valueAt(own[0], cell) }
  }
  const maps = Array.from({ length: source.channels }, (_, map) => windowOf(source, map, cell.row - padding, cell.column - padding, k))
  const patch = Float64Array.from(maps.flatMap((map) => [...map]))
  const kernel = weights[`${weightsOf(stage)}.weight`].subarray(cell.channel * patch.length, (cell.channel + 1) * patch.length)
  const bias = weights[`${weightsOf(stage)}.bias`]?.[cell.channel]
  const parts = maps.map((map, input) => map.reduce((sum, value, tap) => sum + value * kernel[input * k * k + tap], 0))
  const sum = parts.reduce((total, part) => total + part, bias ?? 0)
  const relu = stage.kind === "block" ? Math.max(0, sum) : sum
  const way = { stage, source, patch, kernel, parts, bias, sum, relu, norms: [], output: relu }
  stage.norms.forEach((norm, place) => {
    const x = way.output
    const found = own[place + 1].found(0, cell.channel)
    const { gamma, beta } = learned(stage, norm, weights, cell.channel)
    const hat = (x - found.center) / Math.sqrt(found.spread + EPSILON)
    const lit = sharing(norm, view, cell.channel)
    way.output = gamma * hat + beta
    way.norms.push({ norm, x, ...found, lit, hat, gamma, beta, output: way.output })
  })
  way.layer = valueAt(own.at(-1), cell)
  return way
}
