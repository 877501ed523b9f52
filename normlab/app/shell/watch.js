// Looks after the page from outside of Streamlit's own tree, which takes all of this project's elements with it when an
// error ends it: an empty page is loaded again, once; if that is of no use a sentence shows a way back.
//
// And a page that is being left takes no more clicks: Streamlit would run the part that was clicked for the page that
// was left, and empty the one that has come.

const EVERY = 500 // ms
const PATIENCE = 8 // looks at a page without a title, while nothing runs, after which it counts as dead
const SHORT = 60_000 // ms: a page that was loaded again and dies within so short a while is not loaded once more
const GONE = 30_000 // ms after which a page that was to be left still takes clicks
const KEY = "normlab-loaded-again"
const PARTS = "[data-testid=stMain], [data-testid=stSidebarUserContent]"
const CONTENT = "h1, [data-testid=stAlert], [data-testid=stException], .st-key-race" // the race has its title within

export default function ({ data }) {
  if (window.normlabWatch) return
  window.normlabWatch = true
  lookAfter(data.words)
  closeTheDoor()
}

function lookAfter(words) {
  const began = Date.now()
  let untitled = 0
  const timer = setInterval(() => {
    const app = document.querySelector("[data-testid=stApp]")
    const isIdle = app?.dataset.testScriptState === "notRunning"
    const isEmpty = isIdle && !app.querySelector("[data-testid=stMain]")?.querySelector(CONTENT)
    untitled = isEmpty ? untitled + 1 : 0
    const isCutOff = app?.dataset.testConnectionState === "DISCONNECTED_FOREVER" // an answer that it could not read
    const isYoung = Date.now() - began < SHORT
    if (app && !isCutOff && untitled < PATIENCE) {
      if (!isYoung) forget()
      return
    }
    clearInterval(timer)
    if (mayLoadAgain(isYoung)) location.reload()
    else say(words)
  }, EVERY)
}

function mayLoadAgain(isYoung) {
  try {
    const wasLoadedAgain = sessionStorage.getItem(KEY) !== null
    sessionStorage.setItem(KEY, "yes")
    return !(wasLoadedAgain && isYoung)
  } catch {
    return false // nothing can be kept here, so a second death would not be known
  }
}

function forget() {
  try {
    sessionStorage.removeItem(KEY)
  } catch {
    // nothing could be kept here
  }
}

function say({ sentence, again, home }) {
  const place = document.createElement("main")
  place.setAttribute("role", "alert")
  place.style.cssText =
    "position: fixed; inset: 0; z-index: 999999; padding: 4rem 2rem; font: 1.1rem/1.6 system-ui, sans-serif; " +
    "color-scheme: light dark; background: Canvas; color: CanvasText"
  const links = [
    [again, location.href],
    [home, new URL(".", location.href).href],
  ]
  place.append(element("p", sentence))
  for (const [text, href] of links) {
    const link = element("a", text)
    link.href = href
    link.style.cssText = "color: LinkText; margin-right: 2rem"
    place.append(link)
  }
  document.body.append(place)
}

function element(name, text) {
  const made = document.createElement(name)
  made.textContent = text
  return made
}

function closeTheDoor() {
  let leaving = null
  const isLeaving = () => leaving && location.pathname !== leaving.path && Date.now() < leaving.until
  const swallow = (event) => {
    if (!isLeaving() || !event.target.closest?.(PARTS)) return
    event.stopImmediatePropagation()
    event.preventDefault()
  }
  for (const kind of ["click", "pointerdown", "mousedown", "keydown", "input", "change"]) {
    window.addEventListener(kind, swallow, { capture: true })
  }
  window.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("[data-testid=stApp] a[href]:not([target=_blank])")
      if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
      const { origin, pathname } = new URL(link.href)
      if (origin === location.origin && pathname !== location.pathname) {
        leaving = { path: pathname, until: Date.now() + GONE }
      }
    },
    { capture: true },
  )
}
