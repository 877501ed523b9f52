// Tells when the page's letters have the size that is asked for: a projector's, or any other. What is told while the
// page runs anew can be lost, so it is told again for as long as the page asks.

const WAIT = 50 // ms
const AGAIN = 3_000 // ms

export default function ({ data, setTriggerValue }) {
  let timer
  const look = () => {
    const size = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
    const hasArrived = Math.abs(size - data.large) < 0.5 === data.wanted
    if (hasArrived) setTriggerValue("arrived", true)
    timer = setTimeout(look, hasArrived ? AGAIN : WAIT)
  }
  look()
  return () => clearTimeout(timer)
}
