// Asks for the page anew once Streamlit has followed the system from light to dark or back: charts, the logo and this
// project's colors of letters are chosen on the server.

const WAIT = 50 // ms

export default function ({ setTriggerValue }) {
  const scheme = () => getComputedStyle(document.querySelector("[data-testid=stApp]")).colorScheme
  const system = matchMedia("(prefers-color-scheme: dark)")
  let drawn = scheme()
  let timer
  const look = () => {
    clearTimeout(timer)
    if (scheme() === drawn) timer = setTimeout(look, WAIT)
    else {
      drawn = scheme()
      setTriggerValue("changed", drawn)
    }
  }
  system.addEventListener("change", look)
  return () => {
    clearTimeout(timer)
    system.removeEventListener("change", look)
  }
}
