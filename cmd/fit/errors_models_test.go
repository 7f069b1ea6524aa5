package main

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// modelErrorCases are the cases of docs/errors.md for models and checkpoints. CHECKPOINT is one of GOOD, ROWS
// one of NUMBERS, and ONDISK one of a training that had its documents on disk.
var modelErrorCases = map[string]errorCase{
	`--resume: …: the checkpoint was made with --…, this run has …; leave the flag out to go on with what it was`:                                       {args: "-resume CHECKPOINT -seed 9"},
	`--resume: the checkpoint was made with the schedule …, this is …`:                                                                                  {args: "-resume CHECKPOINT -epochs 9"},
	`--resume: …: the checkpoint was made with … documents, these are …`:                                                                                {args: "-resume CHECKPOINT -data FILE", name: "d.tsv", content: "MORE"},
	`--resume: …: the checkpoint was made with the classes …, … has …`:                                                                                  {args: "-resume CHECKPOINT -data FILE", name: "d.tsv", content: "LABELS"},
	`--resume: …: the checkpoint was made with another dictionary (… words, now …): the texts of … are not the same`:                                    {args: "-resume CHECKPOINT -data FILE", name: "d.tsv", content: "WORDS"},
	`--resume: …: the checkpoint was made with other documents, or in another order, than those of …`:                                                   {args: "-resume CHECKPOINT -data FILE", name: "d.tsv", content: "SWAPPED"},
	`--resume: …: the checkpoint was made with other rows, or in another order, than those of …`:                                                        {args: "-resume ROWS -data FILE", name: "d.csv", content: "SWAPPEDROWS"},
	`--resume: …: the checkpoint was made with texts, not numbers`:                                                                                      {args: "-resume CHECKPOINT -data FILE", name: "d.csv", content: "HAMNUMBERS"},
	`--resume: …: the checkpoint was made with other stop words: …, these are …`:                                                                        {args: "-resume CHECKPOINT -stop-words english"},
	`--resume: …: the checkpoint was made with all documents in memory, in this run they are on disk, and so in another order; give --cache memory`:     {args: "-resume CHECKPOINT -cache disk -cache-bytes 1000"},
	`--resume: …: the checkpoint was made with documents on disk and --cache-bytes …, which decide over their order; give --cache disk --cache-bytes …`: {args: "-resume ONDISK -cache memory"},
	`--resume: …: the checkpoint was made with --…, which this program does not know`:                                                                   {args: "-resume FILE", name: "c", content: "NEWFLAG"},
	`--resume: …: the checkpoint was not made by fit train`:                                                                                             {args: "-resume FILE", name: "c", content: "NOFLAGS"},
	`--resume: …: not a checkpoint, or a damaged one: byte …: …`:                                                                                        {args: "-data GOOD -resume GOOD"},
	`--resume: …: this safetensors file is not a checkpoint of Nestnet (it has no nestnet.checkpoint)`:                                                  {args: "-data GOOD -resume FILE", name: "c", content: "\x02\x00\x00\x00\x00\x00\x00\x00{}"},
	`--resume: …: checkpoint version … is newer than this program knows (1): update Nestnet, or go on with the program that wrote it`:                   {args: "-resume FILE", name: "c", content: "NEWERCHECKPOINT"},
	`--resume: …: checkpoint version "…" is not a number`:                                                                                               {args: "-resume FILE", name: "c", content: "NOCHECKPOINTNUMBER"},
	`--resume: …: nestnet.…: …`:                            {args: "-resume FILE", name: "c", content: "NOPROGRESS"},
	`--resume: …: the checkpoint has no tensor …`:          {args: "-resume FILE", name: "c", content: "NOSLOT"},
	`…: the model does not say what it reads`:              {args: "eval -model FILE -data GOOD", name: "m", content: "NOENCODER"},
	`…: model version "…" is not a number`:                 {args: "eval -model FILE -data GOOD", name: "m", content: "NONUMBER"},
	`…: the model has no …`:                                {args: "eval -model FILE -data GOOD", name: "m", content: "NONETWORK"},
	`…: nestnet.…: …`:                                      {args: "eval -model FILE -data GOOD", name: "m", content: "BADNETWORK"},
	`…: layer …: unknown activation "…", want one of …`:    {args: "eval -model FILE -data GOOD", name: "m", content: "NOACTIVATION"},
	`…: tensor … has shape …, the network wants …`:         {args: "eval -model FILE -data GOOD", name: "m", content: "BADSHAPE"},
	`…: … labels for a network that tells … classes`:       {args: "eval -model FILE -data GOOD", name: "m", content: "ONELABEL"},
	`…: Classifier without Labels`:                         {args: "eval -model FILE -data GOOD", name: "m", content: "NOLABELS"},
	`…: a dictionary of … words for a network of … inputs`: {args: "eval -model FILE -data GOOD", name: "m", content: "NOWORD"},
	`…: vocabulary: …`:                                     {args: "eval -model FILE -data GOOD", name: "m", content: "NOORDER"},
	`…: encoder: … names for … columns`:                    {args: "eval -model FILE -data GOOD", name: "m", content: "NOCOLUMN"},
}

// modelErrorFiles makes the checkpoints of the cases for models, and adds the contents of
// damaged ones, each of which is a whole safetensors file.
func modelErrorFiles(t *testing.T, good, model string, contents map[string]string) []string {
	checkpoint := func(data string, args ...string) string {
		path := filepath.Join(t.TempDir(), "c")
		trained(t, data, append(args, "-epochs", "2", "-checkpoint", path)...)
		return path
	}
	numbers := clusters(t, 60)
	first, rows := checkpoint(good, "-schedule", "cosine"), checkpoint(numbers)
	text, table := read(t, good), read(t, numbers)
	lines, records := strings.SplitAfter(text, "\n"), strings.SplitAfter(table, "\n")
	contents["MORE"] = text + strings.Join(lines[:20], "")
	contents["LABELS"] = strings.ReplaceAll(text, "ham\t", "good\t")
	contents["WORDS"] = strings.Replace(text, "a1 ", "z1 ", 1)
	contents["SWAPPED"] = strings.Join(append([]string{lines[2], lines[1], lines[0]}, lines[3:]...), "")
	contents["SWAPPEDROWS"] = strings.Join(append([]string{records[0], records[4], records[2], records[3], records[1]}, records[5:]...), "")
	contents["HAMNUMBERS"] = "label,x,y\n"
	for i := range len(lines) - 1 {
		contents["HAMNUMBERS"] += fmt.Sprintf("%s,%d,%d\n", []string{"ham", "spam"}[i%2], i, i*i%7)
	}

	for _, edit := range []struct{ name, path, old, new string }{
		{"NEWER", model, `"nestnet.version":"1"`, `"nestnet.version":"9"`},
		{"NONUMBER", model, `"nestnet.version":"1"`, `"nestnet.version":"one"`},
		{"NOENCODER", model, `"nestnet.encoder"`, `"another.encoder"`},
		{"NONETWORK", model, `"nestnet.network"`, `"another.network"`},
		{"BADNETWORK", model, `"nestnet.network":"{`, `"nestnet.network":"`},
		{"NOACTIVATION", model, `\"relu\"`, `\"rleu\"`},
		{"BADSHAPE", model, `"shape":[8]`, `"shape":[4,2]`},
		{"ONELABEL", model, `[\"ham\",\"spam\"]`, `[\"ham\"]`},
		{"NOLABELS", model, `"nestnet.labels"`, `"another.labels"`},
		{"NOWORD", model, `"nestnet.dictionary":"a0\n`, `"nestnet.dictionary":"`},
		{"NOORDER", model, `"nestnet.dictionary":"a0\n`, `"nestnet.dictionary":"zz\n`},
		{"NOCOLUMN", trained(t, numbers, "-epochs", "1"), `[\"x\",\"y\"]`, `[\"x\"]`},
		{"NEWERCHECKPOINT", first, `"nestnet.checkpoint":"1"`, `"nestnet.checkpoint":"9"`},
		{"NOCHECKPOINTNUMBER", first, `"nestnet.checkpoint":"1"`, `"nestnet.checkpoint":"one"`},
		{"NOPROGRESS", first, `"nestnet.progress":"{`, `"nestnet.progress":"`},
		{"NOSLOT", first, `"solver.layer1.bias.m"`, `"solver.layer9.bias.m"`},
		{"NEWFLAG", first, `{\"flags\":{`, `{\"flags\":{\"colour\":\"red\",`},
		{"NOFLAGS", first, `{\"flags\":{`, `{\"others\":{`},
	} {
		contents[edit.name] = edited(t, read(t, edit.path), edit.old, edit.new)
	}
	return []string{"CHECKPOINT", first, "ROWS", rows, "ONDISK", checkpoint(good, "-cache", "disk", "-cache-bytes", "1000")}
}

// edited is a safetensors file with something in its header replaced.
func edited(t *testing.T, content, old, new string) string {
	t.Helper()
	n := binary.LittleEndian.Uint64([]byte(content))
	header, weights := content[8:8+n], content[8+n:]
	if !strings.Contains(header, old) {
		t.Fatalf("no %s in the header %s", old, header)
	}
	header = strings.Replace(header, old, new, 1)
	header += strings.Repeat(" ", -len(header)&7)
	return string(binary.LittleEndian.AppendUint64(nil, uint64(len(header)))) + header + weights
}
