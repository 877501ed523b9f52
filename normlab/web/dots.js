// The picture of a class' experiment, for the wall and for phones: a strip a setting, a dot a run.

/** Test accuracies of both arms: measured above their line, stored seeds hollow below it, never mixed. */
function strips({ arms, learned }, { dots = [], stored = [], bets = [], own, seen }, width, height) {
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches
  const [left, right, room] = [44, width - 16, (height - 22) / 2]
  const across = value => (value == null ? 14 : left + value / 100 * (right - left))
  const svg = draw('svg', { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'xMinYMin', role: 'img', 'aria-label': arms.map((arm, at) => `${arm.name}: ${counted(dots, at, learned)}`).join('; ') })
  const below = stored.some(values => values.length) ? 0.3 : 0.06
  const radius = width / 130 + 1.5
  arms.forEach((arm, at) => {
    const floor = at * room + room * (1 - below)
    const put = (kind, attributes, color) => {
      const part = draw(kind, attributes)
      if (color) part.style[color] = arm.color[isDark ? 1 : 0]
      svg.append(part)
      return part
    }
    put('line', { class: 'axis', x1: 4, x2: right, y1: floor, y2: floor, 'stroke-width': 2 })
    put('line', { class: 'half', x1: across(learned), x2: across(learned), y1: at * room + 24, y2: floor })
    const heaps = new Map()
    const spot = (value, up, size) => { // a heap that is too high goes on beside itself, toward the middle
      const key = `${up} ${Math.round(across(value) / (3 * size))}`
      const many = heaps.get(key) || 0
      heaps.set(key, many + 1)
      const rows = Math.max(1, Math.floor((up > 0 ? room * (1 - below) - 24 : room * below - 4) / (2.1 * size)))
      const aside = 2.1 * size * Math.floor(many / rows) * (value > learned ? -1 : 1)
      return { cx: across(value) + aside, cy: floor - up * (size + 2 + many % rows * 2.1 * size), r: size }
    }
    for (const value of bets[at] || []) put('line', { class: 'bet', x1: across(value), x2: across(value), y1: floor - 7, y2: floor + 7 })
    dots.forEach(([arm_, value], index) => {
      if (arm_ !== at) return
      const dot = put('circle', { ...spot(value, 1, radius), class: seen && !seen.has(index) ? 'dot new' : 'dot' }, 'fill')
      if (own && own[0] === at && own[1] === value) {
        own = null
        dot.setAttribute('class', 'dot own')
        dot.setAttribute('r', radius * 1.5)
        svg.append(dot)
      }
    })
    for (const value of stored[at] || []) put('circle', { ...spot(value, -1, radius * 0.75), class: 'stored' }, 'stroke')
    const name = put('text', { class: 'arm', x: left, y: at * room + 16 }, 'fill')
    name.textContent = `${arm.name}: ${counted(dots, at, learned)}`
    if (dots.some(dot => dot[0] === at && dot[1] == null)) put('text', { x: 2, y: floor + 14 }).textContent = 'NaN'
  })
  for (const value of [0, 25, 50, 75, 100]) {
    svg.append(draw('text', { x: across(value), y: height - 4, 'text-anchor': value === 100 ? 'end' : 'middle' }, `${value} %`))
  }
  return svg
}

function counted(dots, at, learned) {
  const own = dots.filter(dot => dot[0] === at)
  return own.length ? `${own.filter(dot => dot[1] > learned).length} of ${own.length} learned` : 'none is in yet'
}
