// Keeps in this browser what opens a class: its code, and the console's secret or a student's token. A link that hands a
// console over holds both behind a "#", which no server and no log sees; it is taken out of the address at once.
// All tabs share what is kept. A tab writes each thing once and removes only its own: another may have a newer one since.

const TRIES = 5
const WAIT = 1_000 // ms, doubled each time
const timers = new WeakMap()

export default async function ({ data, parentElement, setTriggerValue }) {
  clearTimeout(timers.get(parentElement))
  if (data.task === "keep") keep(data.name, JSON.stringify(data.held))
  else if (data.task === "forget") forget(data.name, data.held)
  else {
    const found = { handed: data.takesLinks ? handed() : null, kept: kept(data.name), routes: await routes() }
    const tell = (tries) => {
      setTriggerValue("found", found)
      if (tries < TRIES) timers.set(parentElement, setTimeout(() => tell(tries + 1), WAIT * 2 ** tries))
    }
    tell(0)
  }
}

/** Whether the host passes the routes beside the page. */
async function routes() {
  try {
    const answer = await fetch("./c/ping", { cache: "no-store" })
    return (await answer.json()).app === "normlab"
  } catch {
    return false // a page of the app, which is no JSON, or nothing
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

function keep(name, text) {
  try {
    if (sessionStorage.getItem(name) === text) return
    localStorage.setItem(name, text)
    sessionStorage.setItem(name, text)
  } catch (error) {
    console.warn(`${name} could not be kept: ${error.message}`)
  }
}

function forget(name, held) {
  if (held && kept(name)?.secret === held.secret) localStorage.removeItem(name)
}
