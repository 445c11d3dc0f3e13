package conformance

import "context"

// TB is what the cases use of a test. *testing.T is one, and so is a [Trial].
type TB interface {
	Name() string
	Context() context.Context
	Cleanup(f func())
	Helper()
	Log(args ...any)
	Logf(format string, args ...any)
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

// Test is a TB that runs others of its kind within itself, each under a name of its own.
type Test[T TB] interface {
	TB
	Run(name string, f func(t T)) bool
}
