// Package text is what people read: messages, dates, times and numbers in their language. English and Finnish are complete;
// a third language is one more file in languages/.
//
// A language file is JSON: nested groups of messages. A message is found by the path to it ("activities.hidden") and may
// hold placeholders in braces. One that depends on a number is an object with the CLDR plural forms that the language
// has ("one", "other"…) and takes the number as {n}. The names of months and weekdays and the patterns of dates are
// messages like any other, so a translator needs no Go. Every language has the same keys, and each message the same
// placeholders; the tests hold that, and that pages and error codes use nothing that is missing.
//
// A [Printer] speaks one language. [Match] picks it: the user's own choice, else what the browser asks for, else
// English. It is a value without state, to be made for each request; nothing here reads a clock.
//
// The look-up is our own, on purpose: x/text/message finds messages by their English text with printf verbs, so a
// reworded sentence loses its translations, placeholders have no names, and a missing message cannot be told from one
// that is the same in both languages. What is hard and data-driven, plural rules and language matching, comes from x/text.
package text
