// Package merge decides. It holds the three-way merge of whole series, field by field and occurrence by occurrence, and
// the planner, which says what a connection has to do about one item. Both are pure: values in, values out, no context,
// no clock, no I/O, so that all of it can be read, enumerated and proved by tables.
//
// A side is compared with its own shadow, what we last knew of that side, never with the other side: [Diff] gives the
// changes between shadow and now. [Merge] carries the changes of each side over to the other. Where both changed one
// field, a policy picks the winner and the losing value is kept in a [Conflict]. [Decide] is the planner's table of
// docs/adr/0001-schema-fields-planner.md, row by row.
package merge
