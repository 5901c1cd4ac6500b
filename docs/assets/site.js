// What scrolls by itself can be reached by the keyboard.
const reachable = () => {
  const parts = ".md-typeset pre > code, .md-typeset__scrollwrap, .md-typeset__table, .md-typeset p"
  for (const element of document.querySelectorAll(parts)) {
    const scrolls = element.scrollWidth > element.clientWidth && getComputedStyle(element).overflowX !== "visible"
    if (scrolls) element.tabIndex = 0
  }
}
document$.subscribe(reachable)
addEventListener("load", reachable)
addEventListener("resize", reachable)
