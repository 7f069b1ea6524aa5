// Package safetensors reads and writes files of named tensors in the
// safetensors format, which Python opens with the library of that name.
//
// A file is
//
//	8 bytes   N, the length of the header, an unsigned little-endian integer
//	N bytes   the header: JSON in UTF-8, beginning with '{', padded with spaces
//	the rest  the data buffer: the tensors' values, little-endian, row by row
//
// and its header an object with an entry for each tensor, and one of free text:
//
//	{"__metadata__": {"format": "nestnet"},
//	 "layer1.weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
//
// The offsets [begin, end) count from the start of the data buffer, which the
// tensors cover without gap or overlap. A tensor of shape [] is a single value;
// one with a dimension of 0 has no values and takes no room.
//
// Write makes the same bytes from the same content: the metadata's keys are
// sorted, the tensors ordered by the size of their type, largest first, then by
// name, and the header is padded so that the data begins at a multiple of 8.
// Every value is thereby aligned for a reader that maps the file.
//
// Read trusts nothing. It checks each length, offset and shape against the
// file's size before it allocates, and refuses a file in doubt rather than
// guess; the reasons come as a *FormatError. All it allocates comes to at most 32
// bytes for a byte of header, and one for a byte of data. It is
// stricter than the reference implementation in these points: a key that occurs
// twice, a key of a tensor's entry that is not one of the three above, an escape
// for half a surrogate pair, and a shape whose dimensions other than 0 have a
// product over 2⁶³−1 are errors.
//
// Of the format's types, F32, F64 and I64 are supported.
//
// The format is specified at
// https://github.com/huggingface/safetensors#format.
package safetensors
