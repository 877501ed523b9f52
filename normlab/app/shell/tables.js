// Tells once the page's letters have the size that is asked for: a projector's, or any other.

const WAIT = 50 // ms

export default function ({ data, setTriggerValue }) {
  let timer
  const look = () => {
    const size = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
    if (Math.abs(size - data.large) < 0.5 === data.wanted) setTriggerValue("arrived", true)
    else timer = setTimeout(look, WAIT)
  }
  look()
  return () => clearTimeout(timer)
}
