// Package match finds out which items of two sides are one and the same, where another sync has filled both: a calendar and the
// CRM hold everything twice over then, and neither knows of the other's items.
//
// It takes items as values and answers three groups, in which every item stands exactly once:
//
//   - matched: an iCalendar UID that both sides know and that says the same, or else the same start and the same title, where only one
//     item of each side can be meant. Other tools write more than a subject into a title: what stands around it counts as theirs if it
//     is made up as they are known to do (see [relate]);
//   - unsure: what may be the same, with the reason. It is asked, never guessed. A series of one side and its dates on the other, where
//     nothing repeats, are one question;
//   - new: all the rest.
//
// The same items in another order give the same groups, and so do the two sides in each other's place. It costs about as much as
// sorting, whatever the items say.
package match
