package bow

import (
	"errors"
	"fmt"
)

// checkDocuments says which bounds of the document frequency are wrong.
func (o VocabularyOptions) checkDocuments() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("bow: VocabularyOptions."+format, args...))
	}
	for _, b := range []struct {
		name      string
		documents int
		share     float64
	}{{"Min", o.MinDocuments, o.MinShare}, {"Max", o.MaxDocuments, o.MaxShare}} {
		if b.documents < 0 {
			bad("%sDocuments is %d, want 0 or more", b.name, b.documents)
		}
		if !(b.share >= 0 && b.share <= 1) {
			bad("%sShare is %v, want 0 to 1", b.name, b.share)
		}
		if b.documents != 0 && b.share != 0 {
			bad("%[1]sDocuments and %[1]sShare are two ways to say the same; give one", b.name)
		}
	}
	return errors.Join(errs...)
}

// documents returns the bounds of the document frequency of n documents; set is false
// if there are none.
func (o VocabularyOptions) documents(n int) (least, most float64, set bool) {
	least, most = float64(o.MinDocuments), float64(n)
	if o.MinShare > 0 {
		least = o.MinShare * float64(n)
	}
	if o.MaxDocuments > 0 {
		most = float64(o.MaxDocuments)
	}
	if o.MaxShare > 0 {
		most = o.MaxShare * float64(n)
	}
	return least, most, least > 1 || most < float64(n)
}

// noWords says why no word of n documents is left.
func (o VocabularyOptions) noWords(n int) error {
	and := ""
	if least, most, set := o.documents(n); set {
		and = fmt.Sprintf(", and in %.4g to %.4g of them", max(least, 1), most)
	}
	return fmt.Errorf("bow: %w: none occurs %d times or more in the %d documents%s", ErrNoWords, max(o.MinCount, 1), n, and)
}
