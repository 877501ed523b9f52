// A canvas of 112×112 pixels to draw on, white on black as the data sets are.
//
// Each stroke is told to the page under a rising serial number, at most every 100 ms while it is drawn. The page's data
// hold a drawing and its serial number: one that is newer than what lies on the canvas (a test image, a turn) replaces it.

const TELL_EVERY = 100
const pads = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  if (!pads.has(parentElement)) pads.set(parentElement, newPad(parentElement, data))
  const pad = pads.get(parentElement)
  pad.tell = (message) => setTriggerValue("drawn", message)
  if (data.serial > pad.serial) load(pad, data)
  pad.example = data.example && data.serial === pad.serial
}

function newPad(parent, data) {
  const canvas = parent.querySelector("canvas")
  const [pen, eraser, clear] = parent.querySelectorAll("button")
  canvas.width = canvas.height = data.size
  canvas.setAttribute("aria-label", data.words.canvas)
  const context = canvas.getContext("2d", { willReadFrequently: true })
  context.lineCap = context.lineJoin = "round"
  const pad = { canvas, context, data, serial: -1, erasing: false, last: null, timer: null }
  const choose = (erasing) => {
    pad.erasing = erasing
    pen.setAttribute("aria-pressed", !erasing)
    eraser.setAttribute("aria-pressed", erasing)
  }
  for (const [button, name] of [[pen, "pen"], [eraser, "eraser"], [clear, "clear"]]) button.textContent = data.words[name]
  pen.onclick = () => choose(false)
  eraser.onclick = () => choose(true)
  clear.onclick = () => {
    wipe(pad)
    tell(pad)
  }
  choose(false)
  wipe(pad)
  canvas.addEventListener("pointerdown", (event) => begin(pad, event))
  canvas.addEventListener("pointermove", (event) => go(pad, event))
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => finish(pad))
  return pad
}

function wipe(pad) {
  pad.context.fillStyle = "#000"
  pad.context.fillRect(0, 0, pad.canvas.width, pad.canvas.height)
}

function begin(pad, event) {
  if (event.button) return
  event.preventDefault()
  pad.canvas.setPointerCapture(event.pointerId)
  if (pad.example && !pad.erasing) wipe(pad) // an example makes room for the first stroke
  pad.example = false
  const [right, down] = (pad.last = place(pad, event))
  line(pad, [right + 0.1, down]) // a line without length would leave no dot
}

function go(pad, event) {
  if (!pad.last) return
  for (const moved of event.getCoalescedEvents?.() ?? [event]) line(pad, place(pad, moved))
  pad.timer ??= setTimeout(() => tell(pad), TELL_EVERY)
}

function finish(pad) {
  if (!pad.last) return
  pad.last = null
  tell(pad)
}

function place(pad, event) {
  const box = pad.canvas.getBoundingClientRect()
  const scale = pad.canvas.width / box.width
  return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale]
}

function line(pad, to) {
  const { context } = pad
  context.strokeStyle = pad.erasing ? "#000" : "#fff"
  context.lineWidth = pad.erasing ? 2 * pad.data.pen : pad.data.pen
  context.beginPath()
  context.moveTo(...pad.last)
  context.lineTo(...to)
  context.stroke()
  pad.last = to
}

function tell(pad) {
  clearTimeout(pad.timer)
  pad.timer = null
  pad.serial += 1
  const { data } = pad.context.getImageData(0, 0, pad.canvas.width, pad.canvas.height)
  let bytes = ""
  for (let at = 0; at < data.length; at += 4) bytes += String.fromCharCode(data[at])
  pad.tell({ serial: pad.serial, ink: btoa(bytes) })
}

function load(pad, { serial, ink }) {
  pad.serial = serial
  const bytes = atob(ink)
  const image = pad.context.createImageData(pad.canvas.width, pad.canvas.height)
  for (let at = 0; at < bytes.length; at++) {
    image.data.fill(bytes.charCodeAt(at), 4 * at, 4 * at + 3)
    image.data[4 * at + 3] = 255
  }
  pad.context.putImageData(image, 0, 0)
}
