// Package bow turns text into bags of words: sparse rows that a network reads.
//
// A bag of words forgets the order of a text and keeps which words it has. The
// dictionary is sorted alphabetically and a word's number is its rank, so in a
// dictionary of 25,762 words "a" is 0 and "zulu" is 25761. The text
//
//	A zulu, a zulu!
//
// has the words 0 and 25761, and its row of 25,762 numbers is zero everywhere
// else. Only what is not zero is stored:
//
//	weighting   columns   numbers
//	presence    0 25761   1 1
//	count       0 25761   2 2
//	tfidf       0 25761   the counts, less for words that many texts have
//
// The way from a file to batches has four steps, each a value of its own:
//
//	File        reads documents, each a label and a text: tsv, csv, jsonl, fasttext, folder
//	Corpus      holds many documents as numbers; it reads each text once
//	Vocabulary  is the dictionary, counted on the documents meant for training
//	Encoder     makes rows: of the corpus, of a second file, of one message
//
// A program that prepares a training set, keeps a tenth of it apart and encodes a
// test set in the same way:
//
//	train, err := bow.Open("train.tsv.gz", bow.ReaderOptions{})
//	// (errors are left out from here on)
//	defer train.Close()
//	corpus, err := bow.NewCorpus(bow.Tokenizer{})
//	err = corpus.ReadAll(ctx, train, nil)
//
//	rng := rand.New(rand.NewPCG(1, 0))
//	rest, part, err := corpus.Split(0.1, nil, rng)
//	words, err := corpus.Vocabulary(rest, bow.VocabularyOptions{MinCount: 2})
//	enc, err := corpus.Encoder(words, bow.TFIDF, rest)
//	trainSet, _, err := corpus.Set(enc, rest)
//	validSet, _, err := corpus.Set(enc, part)
//
//	test, err := bow.Open("test.tsv", bow.ReaderOptions{})
//	testSet, stats, err := enc.ReadSet(test, corpus.Labels())
//
// Words that are not in the dictionary are left out of a row. A text that has no
// known word at all is kept as an empty row, and counted in Stats.
//
// Documents with several labels, or none: ReaderOptions.Labels lets them through,
// LabelsPerDocument says whether there were any, and with MultiLabel the sets have
// sets of labels in the place of classes:
//
//	train, err := bow.Open("tickets.ft", bow.ReaderOptions{Labels: bow.AnyLabels})
//	err = corpus.ReadAll(ctx, train, nil)
//	corpus.MultiLabel = true
//	// (all else as above)
//
// A corpus larger than memory: Corpus.Cache bounds what its documents and the
// examples made of them may take, and the rest goes to temporary files. Examples
// stands in the place of Set then, and data.Cache, which it returns, in that of
// data.Set; both are sources to train from, and both must be closed:
//
//	corpus.Cache = data.CacheOptions{Bytes: 1 << 30}
//	defer corpus.Close()
//	err = corpus.ReadAll(ctx, train, nil)
//	// (split, Vocabulary and Encoder as above)
//	trainSet, _, err := corpus.Examples(enc, rest)
//	defer trainSet.Close()
//	err = corpus.Close() // documents and tokens are not needed any more
//
// Tokens and the dictionary stay in memory in any case.
//
// Several processes, the ranks of a cluster, each of which reads a part of the files: Join
// makes one corpus of what they have, and all else is as above, called by each rank. The rows
// of Set are those that the rank has; of all ranks one after the other, those of one process:
//
//	train, err := bow.Open("news/*.tsv", bow.ReaderOptions{Cluster: c})
//	corpus.Cluster = c
//	err = corpus.Join(corpus.ReadAll(ctx, train, nil))
//
// # Speed
//
// ReadAll, ReadSet, Vocabulary and Set use all processors (Workers): one goroutine
// unpacks the file and cuts it into blocks of lines, others cut these into tokens.
// The result is the same for every number of them, to the byte, and so are errors.
// A csv file, whose records may have line breaks, and a Reader of your own are read
// by one goroutine and tokenised by all.
//
// # Errors
//
// What is wrong in a file is reported at its place, as a *LineError:
//
//	test.tsv:17: unknown label "sapm" (known: ham, spam)
//
// Nothing is skipped, except lines of nothing but white space; they are counted.
package bow
