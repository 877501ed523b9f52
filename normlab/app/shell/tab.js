// Keeps in this tab what the reader makes, and tells a new session of it, once. What lasts is kept by the browser, for all
// of its tabs together. The browser as a whole gets a random name.
//
// The page's data hold texts to keep, by name. While they ask, the answer is sent again until the page has it: a request
// is lost where the browser is not connected. A browser that forbids storage keeps nothing, and the page works without.

const TRIES = 5
const WAIT = 2_000 // ms, doubled each time
const MONTH = 30 * 24 * 60 * 60 // seconds
const answers = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  if (!data.asks) clearTimeout(answers.get(parentElement)?.timer)
  if (data.asks && answer(data, parentElement, setTriggerValue)) return // what is kept stays until the page has it
  for (const [name, text] of Object.entries(data.items)) keep(data, name, text)
  hint(data)
}

/** Whether there is something to answer. It is sent once a session, then again after a while. */
function answer(data, parentElement, setTriggerValue) {
  const sent = answers.get(parentElement)
  if (sent?.session === data.session && (sent.isNews || !data.waits)) return sent.isNews
  clearTimeout(sent?.timer)
  const told = { browser: browser(), items: items(data.prefix) }
  const isNews = told.browser !== data.browser || Object.keys(told.items).length > 0 || data.waits
  const now = { session: data.session, isNews, timer: null }
  answers.set(parentElement, now)
  const tell = (tries) => {
    setTriggerValue("told", told)
    if (tries < TRIES) now.timer = setTimeout(() => tell(tries + 1), WAIT * 2 ** tries)
  }
  if (isNews) tell(0)
  return isNews
}

function storage(kind) {
  try {
    return window[kind] // throws where the browser's settings forbid it
  } catch {
    return null
  }
}

function put(store, name, text) {
  try {
    store.setItem(name, text)
  } catch (error) {
    console.warn(`${name} could not be kept: ${error.message}`) // no room, say: what was kept before stays
  }
}

function items(prefix) {
  const kept = ["sessionStorage", "localStorage"].map(storage).filter(Boolean)
  const entries = kept.flatMap((store) =>
    Object.keys(store).filter((name) => name.startsWith(prefix)).map((name) => [name.slice(prefix.length), store.getItem(name)]),
  )
  return Object.fromEntries(entries)
}

function keep({ prefix, lasting }, name, text) {
  const isLasting = lasting.includes(name)
  const store = storage(isLasting ? "localStorage" : "sessionStorage")
  const known = store?.getItem(prefix + name) ?? ""
  const next = isLasting ? joined(known, text) : text
  if (!store || known === next) return
  if (next) put(store, prefix + name, next)
  else store.removeItem(prefix + name)
}

// What all tabs have put there, this one's last. An entry that is null was taken back.
function joined(known, text) {
  const entries = Object.entries({ ...read(known), ...read(text) }).filter(([, entry]) => entry !== null)
  return entries.length ? JSON.stringify(Object.fromEntries(entries)) : ""
}

function read(text) {
  try {
    const found = JSON.parse(text || "{}")
    return found?.constructor === Object ? found : {}
  } catch {
    return {} // somebody else's
  }
}

function browser() {
  const store = storage("localStorage")
  if (!store) return ""
  const name = "normlab.browser"
  const known = store.getItem(name) ?? ""
  if (/^[0-9a-f]{32}$/.test(known)) return known
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))]
  put(store, name, bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(""))
  return store.getItem(name) ?? ""
}

// Cookies come with the next session's first request.
function hint({ cookies, prefix }) {
  const known = document.cookie.split("; ").find((cookie) => cookie.startsWith(`${cookies.kept}=`))
  const names = new Set([...(known?.split("=")[1].split(".") ?? []), ...Object.keys(items(prefix))])
  for (const nothing of ["", "pages"]) names.delete(nothing)
  for (const [cookie, value] of [[cookies.kept, [...names].join(".")], [cookies.browser, browser()]]) {
    if (value) document.cookie = `${cookie}=${value}; path=/; max-age=${MONTH}; samesite=lax`
  }
}
