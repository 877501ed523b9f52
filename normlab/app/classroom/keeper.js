// Keeps the console of a class in this browser: its code and its secret. A link that hands a console over holds both behind
// a "#", which no server and no log sees; it is taken out of the address at once.

const TRIES = 5
const WAIT = 1_000 // ms, doubled each time
const timers = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  clearTimeout(timers.get(parentElement))
  if (data.task === "keep") put(data.name, JSON.stringify(data.console))
  else if (data.task === "forget") put(data.name, "")
  else {
    const found = { handed: handed(), kept: kept(data.name) }
    const tell = (tries) => {
      setTriggerValue("found", found)
      if (tries < TRIES) timers.set(parentElement, setTimeout(() => tell(tries + 1), WAIT * 2 ** tries))
    }
    tell(0)
  }
}

function handed() {
  const found = /^#console=([A-Z0-9]{6})\.([\w-]{20,100})$/.exec(location.hash)
  if (!found) return null
  history.replaceState(history.state, "", location.pathname + location.search)
  return { code: found[1], secret: found[2] }
}

function kept(name) {
  try {
    return JSON.parse(localStorage.getItem(name))
  } catch {
    return null // nothing that we wrote, or a browser that keeps nothing
  }
}

function put(name, text) {
  try {
    if (text) localStorage.setItem(name, text)
    else localStorage.removeItem(name)
  } catch (error) {
    console.warn(`The console could not be kept: ${error.message}`)
  }
}
