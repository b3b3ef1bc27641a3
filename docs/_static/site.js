// What a page does beyond HTML: the colour switch, copy buttons, keys, and the place in the contents.
// Without it the page is complete; every element it adds is made here.
const root = document.documentElement

// Light, dark, or as the system: the choice is kept for the next page.
const modes = { auto: "as the system", light: "light", dark: "dark" }
const button = document.querySelector(".theme-switch-button")
function wear(theme) {
  root.dataset.theme = theme
  button.setAttribute("aria-label", `Colours: ${modes[theme]}`)
  button.title = button.getAttribute("aria-label")
  button.firstElementChild.className = `icon-${theme}`
}
button.hidden = false
button.addEventListener("click", () => {
  const order = Object.keys(modes)
  const theme = order[(order.indexOf(root.dataset.theme) + 1) % order.length]
  wear(theme)
  try { localStorage.theme = theme } catch {}
})
wear(root.dataset.theme in modes ? root.dataset.theme : "auto")

// Copy buttons take the code without prompts and without what a prompt answered.
for (const box of document.querySelectorAll(".cell_input .highlight, .highlight-default, .highlight-pycon, .highlight-bash, .highlight-shell, .highlight-python")) {
  const copy = Object.assign(document.createElement("button"), { type: "button", className: "tool copy", title: "Copy" })
  copy.setAttribute("aria-label", "Copy this code")
  copy.append(Object.assign(document.createElement("i"), { className: "icon-copy" }))
  copy.addEventListener("click", async () => {
    const code = box.querySelector("pre").cloneNode(true)
    const session = code.querySelector(".gp")
    code.querySelectorAll(".gp, .go, .gt, .linenos").forEach(e => e.remove())
    const lines = code.textContent.split("\n")
    await navigator.clipboard.writeText((session ? lines.filter(line => line.trim()) : lines).join("\n").trimEnd() + "\n")
    copy.firstElementChild.className = "icon-check"
    copy.setAttribute("aria-label", "Copied")
    setTimeout(() => {
      copy.firstElementChild.className = "icon-copy"
      copy.setAttribute("aria-label", "Copy this code")
    }, 1500)
  })
  box.classList.add("has-copy")
  box.append(copy)
}

// What scrolls in its own box can be scrolled with keys; what fits is no stop on the way.
const boxes = document.querySelectorAll("div.math, pre, .pst-scrollable-table-container, figure, .cell_output .text_html, .sig")
function reach(box) {
  if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0
  else box.removeAttribute("tabindex")
}
// Asked when a box comes near, until then it can be reached: to ask all at once would lay out the whole page.
const watch = new IntersectionObserver(
  entries => entries.forEach(entry => { if (entry.isIntersecting) reach(entry.target) }), { rootMargin: "100%" })
function look() {
  watch.disconnect()
  boxes.forEach(box => {
    box.tabIndex = 0
    watch.observe(box)
  })
}
look()
addEventListener("resize", look)
document.fonts.addEventListener("loadingdone", look) // wider letters, same box

// “/” or Ctrl+K leads to the search field.
document.querySelectorAll(".search-key").forEach(key => { key.hidden = false })
document.addEventListener("keydown", event => {
  const writing = event.target.closest?.("input, textarea, [contenteditable]")
  if ((event.key === "/" && !writing) || (event.key === "k" && (event.ctrlKey || event.metaKey))) {
    event.preventDefault()
    const sidebar = document.getElementById("pst-primary-sidebar")
    if (!sidebar.checkVisibility()) sidebar.showPopover()
    document.querySelector("main .bd-search input, .bd-search input").focus()
  }
})

// The contents of the page mark the section that is being read, and close behind a choice.
const links = new Map([...document.querySelectorAll(".page-toc a[href^='#']")].map(a => [decodeURIComponent(a.hash.slice(1)), a]))
const heads = [...links.keys()].map(id => document.getElementById(id)).filter(Boolean)
if (heads.length) {
  let waiting = false
  const mark = () => {
    waiting = false
    const now = heads.findLast(head => head.getBoundingClientRect().top < 140)
    for (const [id, link] of links) {
      if (now?.id === id) link.setAttribute("aria-current", "location")
      else link.removeAttribute("aria-current")
    }
  }
  addEventListener("scroll", () => { if (!waiting) { waiting = true; requestAnimationFrame(mark) } }, { passive: true })
  const contents = document.getElementById("pst-secondary-sidebar")
  contents.addEventListener("click", event => { if (event.target.closest("a") && contents.matches(":popover-open")) contents.hidePopover() })
}

// A link into a folded solution opens it; so does printing.
function unfold() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)))
  for (let fold = target?.closest?.("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true
  if (target) target.scrollIntoView()
}
addEventListener("hashchange", unfold)
if (location.hash) unfold()
