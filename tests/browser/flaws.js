// Returns what is wrong with each text on a page: [its name, the flaw, where].
() => {
  const MARKUP = /\*\*|__|~~|`|\]\(|^\s*#{1,6} |\|\s*:?-{2,}|<[\/a-z!?]|--+>|^\s*[-*+]? ?\[[ xX]\] |^\s*>|\{[{%#]|&(#\w+|lt|gt|amp|nbsp);/m
  // To GitHub or within the page; elsewhere only where the words are the address, without its scheme.
  const leads = (link) => {
    const [to, words] = [link.getAttribute("href") ?? "", link.textContent.replace(/…$/, "")]
    return /^(https:\/\/github\.com\/|#)/.test(to) || (words.includes("/") && to.startsWith(`https://${words}`))
  }
  const found = []
  for (const article of document.querySelectorAll("article")) {
    const frame = article.getBoundingClientRect()
    const [left, right] = [frame.left + 16 - 0.5, frame.right - 16 + 0.5]
    const say = (flaw, node) => found.push([article.dataset.name, flaw, (node.textContent ?? "").trim().slice(0, 80)])
    for (const node of article.querySelectorAll("*")) {
      const code = node.closest("pre")
      if (code && (node === code ? code.closest("details") : true)) continue // the record scrolls, as all code does
      const style = getComputedStyle(node)
      if (style.overflowX !== "visible" && node.scrollWidth > node.clientWidth + 1) say("scrolls sideways", node)
      for (const box of node.getClientRects()) {
        if (box.width && (box.right > right || box.left < left)) { say("is wider than the page", node); break }
      }
      if (style.direction === "rtl") say("is turned around", node)
      if (node.matches("thead") && !node.textContent.trim()) say("has an empty header", node.parentElement)
      if (node.matches("h1, h2, h3, h4, h5, h6, p, li, summary, td:only-child") && !node.textContent.trim()) say("is empty", node)
      if (node.matches("img, iframe, script, style, object, form, button")) say("does not belong here", node)
      if (node.matches("a") && !leads(node)) say("leads elsewhere", node)
      if (node.matches(".user-mention") && /^@(everyone|here|channel|all)$|\//.test(node.textContent)) say("calls a crowd", node)
    }
    const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const node = walker.currentNode
      if (!node.parentElement.closest("code, pre") && MARKUP.test(node.data)) say("shows markup", node)
    }
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push(["the page", "scrolls sideways", ""])
  return found
}
