// Asks for the page anew where the server drew it for another theme than the browser shows: charts, the logo and this
// project's colors of letters are chosen on the server. Streamlit calls this function at every change of its theme.

const TRIES = 5
const WAIT = 2_000 // ms, doubled each time: a request is lost while the browser is not connected
const timers = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  const ask = (tries) => {
    clearTimeout(timers.get(parentElement))
    const shown = getComputedStyle(document.querySelector("[data-testid=stApp]")).colorScheme
    if (shown === data.drawn || tries === TRIES) return
    setTriggerValue("changed", shown)
    timers.set(parentElement, setTimeout(() => ask(tries + 1), WAIT * 2 ** tries))
  }
  ask(0)
  return () => clearTimeout(timers.get(parentElement))
}
