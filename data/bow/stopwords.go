package bow

import "strings"

// EnglishStopWords returns the words that carry the grammar of an English sentence and
// little of what it is about: articles, pronouns, prepositions, conjunctions, auxiliary
// verbs and adverbs of place and time, in alphabetical order. The list was put together for this package by
// these classes of words. Negations (not, no, never, don't …) are not in it, as they
// turn a text around. A list for your own texts is better, and with presence or tf-idf none is often
// as good.
func EnglishStopWords() []string { return strings.Fields(englishStopWords) }

const englishStopWords = `
a about above across after again against all along already also although always am among
an and another any anybody anyone anything anywhere are around as at away
back be became because become becomes been before behind being below beneath beside
besides between beyond both but by
came can come comes could
did do does doing done down during
each either else ever every everybody everyone everything everywhere
few for from further
get gets getting go goes going gone got
had has have having he he'd he'll he's hence her here here's hers herself him himself
his how how's however
i i'd i'll i'm i've if in indeed inside into is it it'd it'll it's its itself
just
last least less let let's like likely
made make makes many may maybe me meanwhile might mine more moreover most mostly much
must my myself
near nearly next now
of off often on once one ones only onto or other others otherwise ought our ours
ourselves out outside over own
per perhaps quite
rather really
same seem seemed seems several shall she she'd she'll she's should since so some
somebody somehow someone something sometimes somewhere soon still such
than that that's the their theirs them themselves then there there's therefore these
they they'd they'll they're they've this those though through throughout thus till to
together too toward towards
under until up upon us
very via
was we we'd we'll we're we've well went were what what's whatever when when's whenever
where where's whereas wherever whether which while who who's whoever whole whom whose
why why's will with within would
yet you you'd you'll you're you've your yours yourself yourselves
`
