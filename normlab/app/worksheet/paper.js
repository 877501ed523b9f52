// A button that prints the page: what comes out is the sheet alone (paper.py).

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button")
  button.textContent = data.label
  button.onclick = () => window.print()
}
