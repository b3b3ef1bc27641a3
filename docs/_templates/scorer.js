// Definitions first: a term of the glossary, a function, a title; then what only mentions the words.
var Scorer = {
  score: ([docname, title, anchor, description, score, filename, kind]) => {
    if (/glossary term/.test(description)) return score + 100
    if (kind === "object") return score + (title.endsWith("_derivative") ? 40 : 60)
    return score
  },
  objNameMatch: 20,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 50,
  partialTitle: 12,
  term: 5,
  partialTerm: 2,
}
