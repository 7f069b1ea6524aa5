package main

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
)

// errorCases provoke the messages of docs/errors.md. In args, FILE is a file of this name
// and content, GOOD one to train on, MODEL a model, SEVERAL one for several labels a text, THREE one of three classes.
var errorCases = map[string]struct{ args, name, content string }{
	`unknown command "…", want …`:                                   {args: "mail.tsv"},
	`unknown command "…"; the nearest known one is …`:               {args: "traim"},
	`unexpected argument "…"; the command comes first, as in fit …`: {args: "-model m eval"},
	`unexpected argument "…" (…)`:                                   {args: "train mail.tsv"},
	`unknown flag …; the nearest known one is …`:                    {args: "-slover adam"},
	`unknown flag …`:                        {args: "-x"},
	`flag needs an argument: …`:             {args: "-solver"},
	`invalid argument "…" for "…" flag: …`:  {args: "-epochs ten"},
	`--…: unknown "…", want one of …`:       {args: "-solver lbfgs"},
	`--… is …, want at least …`:             {args: "-epochs 0"},
	`--… is …, want at least 0 and below 1`: {args: "-test-fraction 20"},
	`--… is …, want … to …`:                 {args: "-ngrams 17"},
	`--… is 0, want a number above 0`:       {args: "-learning-rate 0"},
	`--layers "…": want sizes of 1 to 1000000 with commas between, such as 64,64, or none`: {args: "-layers 64;64"},
	`--activation names … functions for … hidden layers, want one or one each`:             {args: "-activation relu,tanh"},
	`--loss … does not go with --output …; it takes …`:                                     {args: "-loss squared -output softmax"},
	`… has no setting …`: {args: "-momentum 0.9"},
	`…: learning rate is …, want a finite number that is not negative`:                                  {args: "-learning-rate -1"},
	`engine gorgonia cannot step with …: …; it has adam, rmsprop, momentum and sgd`:                     {args: "-engine gorgonia -solver adamw"},
	`--test and --test-fraction are two ways to say what to test on; give one`:                          {args: "-test a.tsv -test-fraction 0.1"},
	`--data and --test cannot both be standard input`:                                                   {args: "-data - -test -"},
	`--format, --label-column, --label-separator and --text-column are for a file, which --data names`:  {args: "-text-column 2"},
	`--… and --… are both …`:                                                                            {args: "-data GOOD -model GOOD"},
	`--hash-bits is …, want 0 to 24`:                                                                    {args: "-hash-bits 25"},
	`--checkpoint-every is for --checkpoint, which names the file`:                                      {args: "-checkpoint-every 100"},
	`--checkpoint-every "…": want a number of steps such as 1000, a time such as 30s or 10m, or 1epoch`: {args: "-checkpoint c -checkpoint-every often"},
	`fit eval needs --model and --data`:                                                                 {args: "eval -model MODEL"},
	`--bootstrap is …, want at least 100, or 0 for no intervals`:                                        {args: "eval -model MODEL -data GOOD -bootstrap 10"},
	`--curves needs --positive, as the model tells … classes`:                                           {args: "eval -model THREE -data GOOD -curves c.csv"},
	`fit predict needs --model`:                                                                         {args: "predict GOOD"},
	`fit predict takes one file, got … (a text stands in quotes behind --text)`:                         {args: "predict -model MODEL You have won"},
	`… and --text are two ways to say what to label; give one`:                                          {args: "predict -model MODEL GOOD -text a"},
	`--below needs --threshold`:                                                                         {args: "predict -model MODEL GOOD -below none"},
	`--below: the model has a class "…"; name what is below --threshold otherwise`:                      {args: "predict -model MODEL GOOD -threshold 0.9 -below ham"},
	`--header is for tsv; jsonl names everything on each line`:                                          {args: "predict -model MODEL GOOD -header -output jsonl"},

	`…: no such file or directory`:                                            {args: "-data nowhere.tsv"},
	`…: no such file or directory (if that is the text, give it with --text)`: {args: "predict -model MODEL You\u00a0have\u00a0won"},
	`…: not gzip data, although the name ends in .gz`:                         {args: "-data FILE", name: "d.tsv.gz", content: "ham\ta\n"},
	`…: gzip data is cut off: …`:                                              {args: "-data FILE", name: "d.tsv.gz", content: "CUT"},
	`…: gzip data is damaged: …`:                                              {args: "-data FILE", name: "d.tsv.gz", content: "DAMAGED"},
	`--…: there is no folder …`:                                               {args: "-model nowhere/m"},
	`--…: … is a folder`:                                                      {args: "-model ."},
	`--model: … is not a regular file`:                                        {args: "-model " + os.DevNull},
	`--stop-words: …: no such file or directory`:                              {args: "-stop-words nowhere.txt"},

	`…: no documents`: {args: "-data FILE", name: "d.tsv", content: "\n\n"},
	`…: only one class: all … documents are "…"`:                                                            {args: "-data FILE", name: "d.tsv", content: "ham\ta\nham\tb\n"},
	`…: no words: none occurs … times or more in the … documents`:                                           {args: "-data FILE -min-count 5", name: "d.tsv", content: "ham\ta\nspam\tb\n"},
	`…: cannot tell the format by the name or the first line; say which it is: tsv, csv, jsonl or fasttext`: {args: "-data FILE", name: "d.txt", content: "ham a\n"},
	`…: no tab between label and text`:                                                                      {args: "-data FILE", name: "d.tsv", content: "ham a\n"},
	`…: empty label`:                                                                                        {args: "-data FILE", name: "d.tsv", content: "\ta\n"},
	`…: no label: …`:                                                                                        {args: "-data FILE", name: "d.jsonl", content: `{"text":"a"}`},
	`…: no such column: "…"; the header has …`:                                                              {args: "-data FILE", name: "d.csv", content: "a,b,c\n1,2,3\n"},
	`…: no such column: "…"; the object has …`:                                                              {args: "-data FILE", name: "d.jsonl", content: `{"label":"ham"}`},
	`…: no such column: the line has no column …`:                                                           {args: "-data FILE -text-column 3", name: "d.tsv", content: "ham\ta\n"},
	`--text-column is "…"; a tsv file has no header, so give the number of the column, counted from 1`:      {args: "-data FILE -text-column body", name: "d.tsv", content: "ham\ta\n"},
	`label and text cannot both be column …; give --label-column and --text-column`:                         {args: "-data FILE -label-column 2", name: "d.tsv", content: "ham\ta\n"},
	`--label-column and --text-column must be empty for fasttext, which has no columns`:                     {args: "-data FILE -text-column 2", name: "d.ft", content: "__label__ham a\n"},
	`…: record has … columns, the header has …`:                                                             {args: "-data FILE", name: "d.csv", content: "label,text\nham,a,b\n"},
	`…: … (csv: a field with " in it stands in quotes, with "" for each ")`:                                 {args: "-data FILE", name: "d.csv", content: "label,text\nham,say \"hi\"\n"},
	`…: not a JSON object: …, at byte …`:                                                                    {args: "-data FILE", name: "d.jsonl", content: "{\n"},
	`…: line starts with …, want a JSON object on each line, {…}`:                                           {args: "-data FILE", name: "d.json", content: "[1,2]\n"},
	`…: not valid UTF-8 (convert the text first, for example with iconv)`:                                   {args: "-data FILE", name: "d.tsv", content: "ham\tcaf\xe9\n"},
	`…: line too long: more than … bytes`:                                                                   {args: "-data FILE", name: "d.tsv", content: "LONG"},
	`…: unknown label "…" (known: …)`:                                                                       {args: "-data GOOD -test FILE", name: "t.tsv", content: "sapm\tb1\n"},
	`…: unknown label "…" (known: …); the model was not trained on it`:                                      {args: "eval -model MODEL -data FILE", name: "t.tsv", content: "sapm\tb1\n"},
	`…: --stop-words: "…" has no letters or digits, so it is no word; take it out`:                          {args: "-data GOOD -stop-words FILE", name: "s.txt", content: "the ... a\n"},

	`the loss became … in epoch …, step …; try a smaller learning rate (it was …)`:                 {args: "-data GOOD -solver sgd -learning-rate 1e30 -loss squared"},
	`--log: …: no space left on device`:                                                            {args: "-data GOOD -epochs 1 -log /dev/full"},
	`--class-weights: no class "…" (the data has …)`:                                               {args: "-data GOOD -class-weights sapm=2"},
	`--resume: …: this is a model, not a checkpoint: it does not say how to go on training`:        {args: "-data GOOD -resume MODEL"},
	`--checkpoint and --resume are for one training, --cross-validate does several`:                {args: "-cross-validate 5 -checkpoint c"},
	`--cross-validate tests on each part of --data in turn, --test on another file; give one`:      {args: "-cross-validate 5 -data GOOD -test GOOD"},
	`--class-weights "…": want balanced, or classes with their weights, such as ham=1,spam=5`:      {args: "-class-weights equal"},
	`--min-df is "…", want a number of documents from 1, or a share of them above 0 and up to 1.0`: {args: "-min-df 0"},
	`--… is for a dictionary, and --hash-bits makes none`:                                          {args: "-hash-bits 18 -min-df 2"},
	`--schedule plateau follows the validation loss, so it needs a --valid-fraction above 0`:       {args: "-schedule plateau -valid-fraction 0"},
	`fit tune compares trials by their validation loss, so it needs a --valid-fraction above 0`:    {args: "tune -valid-fraction 0"},
	`fit explain needs --model`:                                                                                 {args: "explain a1"},
	`--data and a text are two ways to say what to explain; give one`:                                           {args: "explain -model MODEL -data GOOD a1"},
	`--global needs --data, a file of texts`:                                                                    {args: "explain -model MODEL -global"},
	`--steps is for --method integrated`:                                                                        {args: "explain -model MODEL a1 -steps 5"},
	`…: not zstd data, although the name ends in .zst`:                                                          {args: "-data FILE", name: "d.tsv.zst", content: "ham\ta\n"},
	`… is a file, want a folder with a folder for each class`:                                                   {args: "-data GOOD -format folder"},
	`… is a folder, not a … file`:                                                                               {args: "-data . -format tsv"},
	`…: more than one label (…); --task multilabel is for texts with several labels`:                            {args: "-data FILE -task classes", name: "d.ft", content: "__label__a __label__b c\n"},
	`…: more than one label (…); the model gives a text one`:                                                    {args: "eval -model MODEL -data FILE", name: "d.ft", content: "__label__ham __label__spam c\n"},
	`…: no label: …; --task multilabel is for texts with any number of labels, none too`:                        {args: "-data FILE", name: "d.ft", content: "__label__a __label__b c\nd\n"},
	`…: no label: … of the … documents have none`:                                                               {args: "-data FILE -task multilabel", name: "d.ft", content: "c\nd\n"},
	`…: empty label, the … of …`:                                                                                {args: "-data FILE -label-separator ,", name: "d.tsv", content: "a,,b\tc\n"},
	`--label-separator is for texts with several labels, --task classes for one label each; give one`:           {args: "-data FILE -task classes -label-separator ,"},
	`--task multilabel is for a file, which --data names; the texts of the embedded sample have one label each`: {args: "-task multilabel"},
	`--loss …, with --output …, gives a text one class of several; …`:                                           {args: "-data GOOD -task multilabel -loss crossentropy"},
	`…: --class-weights is for texts with one label each, not for several`:                                      {args: "-data FILE -class-weights balanced", name: "d.ft", content: "__label__a __label__b c\n"},
	`--… is for a model that gives a text one class; … gives it any number of labels`:                           {args: "eval -model SEVERAL -data GOOD -calibration"},
	`--label-separator and --threshold are for a model that gives a text any number of labels; … gives it one`:  {args: "eval -model MODEL -data GOOD -threshold 0.4"},
	`--label-separator must be empty for fasttext, …`:                                                           {args: "-data FILE -label-separator ,", name: "d.ft", content: "__label__a c\n"},
	`…: two columns are called "…"`:                                                                             {args: "-data FILE", name: "d.csv", content: "label,text,text\nham,a,b\n"},
	`--cross-validate …: there are only … documents`:                                                            {args: "-data FILE -cross-validate 9", name: "d.tsv", content: "ham\ta\nspam\tb\n"},
	`--resume: …: no such file or directory`:                                                                    {args: "-data GOOD -resume nowhere"},
	`interrupted`: {args: "-data GOOD"},

	`…: not a model, or a damaged one: byte …: …`:                                                                   {args: "predict -model GOOD GOOD"},
	`…: this safetensors file is not a model of Nestnet (it has no nestnet.version)`:                                {args: "predict -model FILE GOOD", name: "m", content: "\x02\x00\x00\x00\x00\x00\x00\x00{}"},
	`…: model version … is newer than this program knows (1): update Nestnet, or save the model with the older one`: {args: "predict -model FILE GOOD", name: "m", content: "NEWER"},
	`…: not a regular file`: {args: "predict -model . GOOD"},

	`… of … could not be read`: {args: "predict -model MODEL FILE", name: "t.txt", content: "a\n\xff\n"},
	`…: the label "…" is read as part of the text; --text-column 2 leaves it out`: {args: "predict -model MODEL GOOD"},
}

// Each row of docs/errors.md has a case here that provokes its message, and each case has
// its row.
func TestErrorsPage(t *testing.T) {
	page := read(t, "../../docs/errors.md")
	rows := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(.+?)` \\| ([^|]+) \\| ([^|]+) \\|$").FindAllStringSubmatch(page, -1) {
		if rows[row[1]] {
			t.Errorf("docs/errors.md has %s twice", row[1])
		}
		rows[row[1]] = true
		if _, ok := errorCases[row[1]]; !ok {
			t.Errorf("no case provokes %s", row[1])
		}
	}
	if n := strings.Count(page, "\n| `"); n != len(rows) {
		t.Errorf("docs/errors.md has %d lines that begin like a row, %d rows", n, len(rows))
	}
	good := corpus(t, 60, "ham", "spam")
	model, three := trained(t, good), trained(t, corpus(t, 60, "art", "law", "tax"))
	several := trained(t, file(t, "t.ft", fastText(labelled(tickets(60)))))
	t.Chdir(t.TempDir())
	contents := map[string]string{
		"CUT":     gzipped(t, strings.Repeat("ham\ta1\nspam\tb1\n", 99))[:50],
		"DAMAGED": gzipped(t, "ham\ta1\nspam\tb1\n")[:10] + "\xff\xff\xff\xff",
		"LONG":    "ham\t" + strings.Repeat("a", 16<<20) + "\n",
		"NEWER":   strings.Replace(read(t, model), `"nestnet.version":"1"`, `"nestnet.version":"9"`, 1),
	}
	for want, c := range errorCases {
		if !rows[want] {
			t.Errorf("docs/errors.md has no row %s", want)
		}
		if strings.Contains(c.args, "/dev/full") {
			if _, err := os.Stat("/dev/full"); err != nil {
				continue
			}
		}
		content, ok := contents[c.content]
		if !ok {
			content = c.content
		}
		names := strings.NewReplacer("FILE", "file", "GOOD", good, "MODEL", model, "SEVERAL", several, "THREE", three)
		if c.name != "" {
			names = strings.NewReplacer("FILE", file(t, c.name, content), "GOOD", good, "MODEL", model, "SEVERAL", several, "THREE", three)
		}
		ctx := t.Context()
		if want == "interrupted" {
			ended, cancel := context.WithCancel(ctx)
			cancel()
			ctx = ended
		}
		// The arguments are split at plain spaces alone.
		o := fitWith(ctx, nil, strings.Split(names.Replace(c.args), " ")...)
		pattern := regexp.MustCompile("(?m)^fit: " + strings.ReplaceAll(regexp.QuoteMeta(want), "…", ".+") + "$")
		if !pattern.MatchString(o.errors) {
			t.Errorf("fit %s writes\n%s, want\nfit: %s", c.args, o.errors, want)
		}
		if soft := strings.Contains(want, "could not be read") || strings.Contains(want, "part of the text"); (o.code == exitOK) != soft {
			t.Errorf("fit %s: exit code %d", c.args, o.code)
		}
	}
}
