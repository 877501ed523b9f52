// Tells the page once its letters have the size that it asked for: a projector's, or any other. A message is lost if
// the page happens to be rerunning, so it is sent again for as long as the page asks.

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
