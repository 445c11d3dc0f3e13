// Package exchange is what a mailbox of Exchange does whichever protocol it is asked by: which days the pattern of a
// series falls on, and what becomes of a plain text that is stored as HTML. The stand-ins of Microsoft Graph and of
// Exchange Web Services share it.
//
// Recurrences are expanded day by day, from the text of Microsoft's pattern and with code of its own, on purpose: a
// mistake of the product's would otherwise be forgiven here by the very same mistake.
package exchange
