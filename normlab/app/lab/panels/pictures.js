// Saves the chart that stands on the page: as SVG as it is, as PNG in a slide's size, in the middle of white.

const SVG = "http://www.w3.org/2000/svg"

export default function ({ data, parentElement }) {
  const place = parentElement.querySelector(".files")
  place.replaceChildren(
    ...["png", "svg"].map((kind) => {
      const button = document.createElement("button")
      Object.assign(button, { type: "button", textContent: data.words[kind] })
      button.onclick = () => save(kind, data)
      return button
    }),
  )
}

async function save(kind, data) {
  const drawn = document.querySelector(data.target)
  if (!drawn) return
  const { width, height } = drawn.viewBox.baseVal.width ? drawn.viewBox.baseVal : drawn.getBoundingClientRect()
  const copy = drawn.cloneNode(true)
  copy.setAttribute("xmlns", SVG)
  copy.setAttribute("width", width)
  copy.setAttribute("height", height)
  const text = new XMLSerializer().serializeToString(copy)
  const vector = new Blob([text], { type: "image/svg+xml" })
  hand(kind === "svg" ? vector : await painted(vector, width, height, data), `${data.file}.${kind}`)
}

async function painted(vector, width, height, slide) {
  const image = new Image()
  const url = URL.createObjectURL(vector)
  image.src = url
  await image.decode()
  const canvas = document.createElement("canvas")
  Object.assign(canvas, { width: slide.width, height: slide.height })
  const pen = canvas.getContext("2d")
  pen.fillStyle = "#ffffff"
  pen.fillRect(0, 0, slide.width, slide.height)
  const scale = Math.min(slide.width / width, slide.height / height)
  const [across, down] = [width * scale, height * scale]
  pen.drawImage(image, (slide.width - across) / 2, (slide.height - down) / 2, across, down)
  URL.revokeObjectURL(url)
  return new Promise((done) => canvas.toBlob(done, "image/png"))
}

function hand(blob, name) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
