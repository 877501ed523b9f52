// A browser that translates the page takes text nodes out of it and puts <font> elements in their place. React keeps
// the nodes that it made: what it writes into them is never seen again, so old text stays beside new, and to remove one
// throws, which ends the whole page. Here a node that was taken out knows what stands in its place.

const standIns = new WeakMap()

export default function () {
  if (window.normlabSurvivesTranslation) return
  window.normlabSurvivesTranslation = true
  new MutationObserver(learn).observe(document.body, { childList: true, subtree: true })
  const write = Object.getOwnPropertyDescriptor(Node.prototype, "nodeValue")
  Object.defineProperty(Node.prototype, "nodeValue", {
    ...write,
    set(text) {
      if (text !== write.get.call(this)) bringBack(this)
      write.set.call(this, text)
    },
  })
  const { removeChild, insertBefore } = Node.prototype
  Node.prototype.removeChild = function (node) {
    return removeChild.call(this, present(this, node))
  }
  Node.prototype.insertBefore = function (node, before) {
    return insertBefore.call(this, node, before && present(this, before))
  }
}

function learn(records) {
  for (const { removedNodes, addedNodes, previousSibling, nextSibling } of records) {
    const beside = [...addedNodes, previousSibling, nextSibling].find((node) => node?.nodeName === "FONT")
    if (!beside) continue
    for (const node of removedNodes) {
      if (node.nodeType === Node.TEXT_NODE && node !== beside.firstChild) standIns.set(node, beside)
    }
  }
}

// What stands in `parent` for the node: itself, or the translation.
function present(parent, node) {
  const standIn = standIns.get(node)
  return node.parentNode !== parent && standIn?.parentNode === parent ? standIn : node
}

function bringBack(node) {
  const standIn = standIns.get(node)
  if (!standIn) return
  standIns.delete(node)
  if (standIn.parentNode && !node.isConnected) standIn.replaceWith(node)
  else if (standIn.contains(node)) standIn.replaceWith(node)
}
