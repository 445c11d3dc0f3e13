package ews

import "slices"

// Refusal is one thing that the server refuses, and how.
type Refusal struct {
	Number string
	When   string
	Status int    // of HTTP; 200 with a response message, 500 with a SOAP fault that has the code
	Code   string // ResponseCode; empty where the answer has none
	Source string // where the original's refusal is known from
}

// The refusals, in order of their numbers.
var (
	refSignIn            = refusal("E-01", 401, "", "no sign-in, a wrong name or password", "3.4 [M]")
	refMethod            = refusal("E-02", 405, "", "another method than POST and GET", "[M]")
	refPath              = refusal("E-03", 404, "", "a path that names nothing", "[M]")
	refMedia             = refusal("E-04", 415, "", "a body that is not text/xml", "[M]")
	refSchema            = refusal("E-05", 500, "ErrorSchemaValidation", "a request that the schema does not allow: no XML, an element that is not known or not in its place, a value of another type", "responsecode.md [D]")
	refVersion           = refusal("E-06", 500, "ErrorInvalidServerVersion", "a RequestServerVersion that is none, or newer than the server", "responsecode.md [D]")
	refOperation         = refusal("E-07", 500, "ErrorInvalidRequest", "an operation, or a way to search, that the stand-in has not", "[M]")
	refContextZone       = refusal("E-08", 500, "ErrorTimeZone", "a TimeZoneContext that names no Windows zone", "3.3 [D], code [M]")
	refTooNew            = refusal("E-09", 500, "ErrorIncorrectSchemaVersion", "an element that the RequestServerVersion has not yet, which is Exchange2007 if none is given", "responsecode.md [D]")
	refFolderNotFound    = refusal("E-10", 200, "ErrorFolderNotFound", "a folder that is not there", "responsecode.md [D]")
	refSyncFolder        = refusal("E-11", 200, "ErrorSyncFolderNotFound", "SyncFolderItems of a folder that is not there", "3.1 [D]")
	refSyncState         = refusal("E-12", 200, "ErrorInvalidSyncStateData", "a SyncState that was never given out, is of another folder, or is too old", "3.1 [D]")
	refParentFolder      = refusal("E-13", 200, "ErrorParentFolderNotFound", "CreateFolder in a folder that is not there", "responsecode.md [D]")
	refSavedFolder       = refusal("E-14", 200, "ErrorSavedItemFolderNotFound", "CreateItem in a folder that is not there", "responsecode.md [D]")
	refToFolder          = refusal("E-15", 200, "ErrorToFolderNotFound", "MoveItem to a folder that is not there", "responsecode.md [D]")
	refFolderExists      = refusal("E-16", 200, "ErrorFolderExists", "a second folder of a name in one folder", "responsecode.md [D]")
	refDistinguished     = refusal("E-17", 200, "ErrorDeleteDistinguishedFolder", "DeleteFolder of a distinguished folder", "responsecode.md [D]")
	refNotCalendar       = refusal("E-18", 200, "ErrorCannotCreateCalendarItemInNonCalendarFolder", "an event in a folder that is no calendar", "responsecode.md [D]")
	refMailbox           = refusal("E-19", 200, "ErrorNonExistentMailbox", "a mailbox that is not there", "responsecode.md [D]")
	refOtherMailbox      = refusal("E-20", 200, "ErrorAccessDenied", "a mailbox of somebody else", "responsecode.md [D], [M] for which code")
	refIDEmpty           = refusal("E-21", 200, "ErrorInvalidIdEmpty", "an empty id", "responsecode.md [D]")
	refIDMalformed       = refusal("E-22", 200, "ErrorInvalidIdMalformed", "an id that is none; ids are case-sensitive", "3.2 [D], that they are case-sensitive [M]")
	refItemNotFound      = refusal("E-23", 200, "ErrorItemNotFound", "nothing has this id: deleted, or moved under another one", "responsecode.md [D]")
	refFolderForItem     = refusal("E-24", 200, "ErrorCannotUseFolderIdForItemId", "the id of a folder where an item's is to be", "responsecode.md [D]")
	refItemForFolder     = refusal("E-25", 200, "ErrorCannotUseItemIdForFolderId", "the id of an item where a folder's is to be", "responsecode.md [D]")
	refChangeKey         = refusal("E-26", 200, "ErrorInvalidChangeKey", "a change key that is none", "responsecode.md [D]")
	refKeyRequired       = refusal("E-27", 200, "ErrorChangeKeyRequiredForWriteOperations", "UpdateItem without a change key, whatever ConflictResolution says", "3.2 [D], which of the two codes [M]")
	refConflict          = refusal("E-28", 200, "ErrorIrresolvableConflict", "UpdateItem under an old change key, with NeverOverwrite", "3.2 [D]")
	refSendCreate        = refusal("E-29", 200, "ErrorSendMeetingInvitationsRequired", "CreateItem without SendMeetingInvitations", "3.2 [D]")
	refSendUpdate        = refusal("E-30", 200, "ErrorSendMeetingInvitationsOrCancellationsRequired", "UpdateItem without SendMeetingInvitationsOrCancellations", "3.2 [D]")
	refSendDelete        = refusal("E-31", 200, "ErrorSendMeetingCancellationsRequired", "DeleteItem without SendMeetingCancellations", "3.2 [D]")
	refReadOnly          = refusal("E-32", 200, "ErrorInvalidPropertySet", "a property that cannot be set; UID after the creation", "responsecode.md [D], UID [M]")
	refPropertyDelete    = refusal("E-33", 200, "ErrorInvalidPropertyDelete", "DeleteItemField of what an event has to have, as Start and End", "3.2 [D]")
	refPropertyAppend    = refusal("E-34", 200, "ErrorInvalidPropertyAppend", "AppendToItemField of what cannot be appended to", "responsecode.md [D]")
	refPropertyCount     = refusal("E-35", 200, "ErrorIncorrectUpdatePropertyCount", "SetItemField with more or less than one property", "responsecode.md [D]")
	refMismatch          = refusal("E-36", 200, "ErrorUpdatePropertyMismatch", "SetItemField whose path is not that of its property", "responsecode.md [D]")
	refNoProperty        = refusal("E-37", 200, "ErrorInvalidPropertyRequest", "a change of a property that events have not; as a variant, an answer that is to have it", "responsecode.md [D], of answers [M]")
	refExtended          = refusal("E-38", 200, "ErrorInvalidExtendedProperty", "an ExtendedFieldURI whose attributes do not go together", "responsecode.md [D]")
	refExtendedValue     = refusal("E-39", 200, "ErrorInvalidExtendedPropertyValue", "a value that is not of the extended property's type", "responsecode.md [D]")
	refCustomTag         = refusal("E-40", 200, "ErrorNoPropertyTagForCustomProperties", "a PropertyTag of 0x8000 and above", "responsecode.md [D]")
	refEndFirst          = refusal("E-41", 200, "ErrorCalendarEndDateIsEarlierThanStartDate", "an end before the start", "responsecode.md [D]")
	refTooLong           = refusal("E-42", 200, "ErrorCalendarDurationIsTooLong", "an event of more than five years", "3.3 [D]")
	refZone              = refusal("E-43", 200, "ErrorCalendarInvalidTimeZone", "a StartTimeZone or EndTimeZone that is no Windows zone", "3.3 [D], code [M]")
	refPattern           = refusal("E-44", 200, "ErrorCalendarInvalidRecurrence", "a recurrence that cannot be", "responsecode.md [D]")
	refPatternRange      = refusal("E-45", 200, "ErrorCalendarOutOfRange", "a number of a recurrence that is out of bounds", "responsecode.md [D]")
	refWeeklyDay         = refusal("E-46", 200, "ErrorCalendarInvalidDayForWeeklyRecurrence", "Day, Weekday or WeekendDay in a weekly recurrence", "responsecode.md [D]")
	refBarren            = refusal("E-47", 200, "ErrorRecurrenceHasNoOccurrence", "a recurrence without an occurrence", "responsecode.md [D]")
	refEndDate           = refusal("E-48", 200, "ErrorRecurrenceEndDateTooBig", "a series that ends after 4500-08-31", "responsecode.md [D]")
	refOverlap           = refusal("E-49", 200, "ErrorOccurrenceTimeSpanTooBig", "an occurrence as long as to overlap the next one", "3.3 [D]")
	refCrossing          = refusal("E-50", 200, "ErrorOccurrenceCrossingBoundary", "an exception on or beyond the day of its neighbour", "3.3 [D]")
	refOccurrence        = refusal("E-51", 200, "ErrorInvalidPropertySet", "a recurrence for one occurrence", "[M]")
	refIndexRange        = refusal("E-52", 200, "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange", "an InstanceIndex that the series has not", "3.3 [D]")
	refIndexDeleted      = refusal("E-53", 200, "ErrorCalendarOccurrenceIsDeletedFromRecurrence", "an InstanceIndex whose occurrence was deleted", "3.3 [D]")
	refNotMaster         = refusal("E-54", 200, "ErrorCalendarCannotUseIdForRecurringMasterId", "OccurrenceItemId with the id of what is no series master", "responsecode.md [D]")
	refNotOccurrence     = refusal("E-55", 200, "ErrorCalendarCannotUseIdForOccurrenceId", "RecurringMasterItemId with the id of what is no occurrence", "responsecode.md [D]")
	refMoveOccurrence    = refusal("E-56", 200, "ErrorCalendarCannotMoveOrCopyOccurrence", "MoveItem of an occurrence", "responsecode.md [D]")
	refViewTooBig        = refusal("E-57", 200, "ErrorCalendarViewRangeTooBig", "a CalendarView of more than two years", "3.1 [D]")
	refViewOrder         = refusal("E-58", 200, "ErrorInvalidOperation", "a CalendarView whose end is before its start", "calendarview.md [D], code [M]")
	refViewFolder        = refusal("E-59", 200, "ErrorCalendarFolderIsInvalidForCalendarView", "a CalendarView of a folder that is no calendar", "responsecode.md [D]")
	refViewRestricted    = refusal("E-60", 500, "ErrorInvalidRequest", "a CalendarView with Restriction or SortOrder", "3.1 [M]")
	refQueryPath         = refusal("E-61", 200, "ErrorUnsupportedPathForQuery", "a Restriction on what cannot be searched, as calendar:UID and what is computed", "3.2 [D], UID [M]")
	refSortPath          = refusal("E-62", 200, "ErrorUnsupportedPathForSortGroup", "a SortOrder by what cannot be sorted by", "responsecode.md [D]")
	refPaging            = refusal("E-63", 200, "ErrorInvalidIndexedPagingParameters", "a negative Offset", "responsecode.md [D]")
	refRestriction       = refusal("E-64", 200, "ErrorRestrictionTooLong", "a Restriction of more than 255 nodes", "responsecode.md [D]")
	refBatch             = refusal("E-65", 500, "ErrorInvalidRequest", "a batch of more items than the server takes", "3.1 [M]")
	refBatchStopped      = refusal("E-66", 200, "ErrorBatchProcessingStopped", "as a variant, what is above the largest batch", "responsecode.md [D], 3.1 [M]")
	refNewItem           = refusal("E-67", 200, "ErrorInvalidItemForOperationCreateItem", "an item of another kind than the stand-in holds", "responsecode.md [D]")
	refGuest             = refusal("E-68", 200, "ErrorAccessDenied", "a guest changes what is the organiser's", "[M]")
	refValue             = refusal("E-69", 200, "ErrorInvalidPropertySet", "a value that the property cannot have", "[M]")
	refTooLarge          = refusal("E-70", 413, "", "a body above 35 MB", "[M]")
	refDeleteKey         = refusal("E-71", 200, "ErrorIrresolvableConflict", "as a variant, DeleteItem under an old change key", "3.2 [M]")
	refRecipients        = refusal("E-72", 200, "ErrorInvalidRecipients", "an attendee without an address", "responsecode.md [D]")
	refPush              = refusal("E-73", 200, "ErrorInvalidPushSubscriptionUrl", "a push subscription, which the stand-in has not", "responsecode.md [D]")
	refSubscriptions     = refusal("E-74", 200, "ErrorExceededSubscriptionCount", "a twenty-first subscription", "3.5 [D]")
	refSubscription      = refusal("E-75", 200, "ErrorInvalidSubscriptionRequest", "a subscription without folders", "responsecode.md [D]")
	refSubscriptionGone  = refusal("E-76", 200, "ErrorSubscriptionNotFound", "a subscription that is not there: ended, or of before the server started anew", "3.5 [D]")
	refSubscriptionOver  = refusal("E-77", 200, "ErrorExpiredSubscription", "a subscription that nobody asked in its time", "3.5 [D]")
	refWatermark         = refusal("E-78", 200, "ErrorInvalidWatermark", "a watermark that is none", "3.5 [D]")
	refEventGone         = refusal("E-79", 200, "ErrorEventNotFound", "a watermark from before what is held; the subscription ends", "responsecode.md [D]")
	refLocked            = refusal("E-80", 401, "", "a locked account, also with the right password", "3.4 [D]")
	refExpired           = refusal("E-81", 500, "ErrorPasswordExpired", "a password that has expired", "3.4 [D], how it is answered [M]")
	refForbidden         = refusal("E-82", 403, "", "an account that may not use the web services", "3.4 [P]")
	refLoginPage         = refusal("E-83", 302, "", "anything, where a proxy wants a sign-in on its page", "3.4 [M]")
	refTimeout           = refusal("E-84", 440, "", "anything, where a proxy says that its sign-in is over", "3.4 [M]")
	refHandshake         = refusal("E-85", 401, "", "the first message of NTLM, which gets a challenge", "3.4 [M]")
	refCloud             = refusal("E-86", 500, "ErrorNonExistentMailbox", "any operation on a mailbox that is in Exchange Online", "3.4 [M]")
	refBusy              = refusal("E-90", 500, "ErrorServerBusy", "anything before the back-off is over, as a SOAP fault with BackOffMilliseconds", "3.5 [D]")
	refQueue             = refusal("E-91", 503, "", "likewise, in the words of IIS", "3.5 [D]")
	refInnerBusy         = refusal("E-92", 200, "ErrorInternalServerError", "likewise, as a response message with an inner ErrorServerBusy", "3.5 [D]")
	refConnections       = refusal("E-93", 500, "ErrorExceededConnectionCount", "more requests of a mailbox at a time than it bears", "3.5 [D]")
	refNoDiscovery       = refusal("E-95", 404, "", "autodiscover, where there is none", "3.4 [D]")
	refPOXInvalid        = refusal("E-96", 200, "600", "autodiscover in plain XML without an address", "[M]")
	refPOXSchema         = refusal("E-97", 200, "601", "autodiscover in plain XML for another schema of answers", "[M]")
	refPOXUnknown        = refusal("E-98", 200, "500", "autodiscover in plain XML for an unknown address", "[M]")
	refSettings          = refusal("E-99", 200, "InvalidRequest", "GetUserSettings that is none", "errorcode-soap.md [D]")
	refSettingsUser      = refusal("E-100", 200, "InvalidUser", "GetUserSettings for an unknown address", "errorcode-soap.md [D]")
	refSubscriptionOwner = refusal("E-101", 200, "ErrorSubscriptionAccessDenied", "a subscription of somebody else's", "responsecode.md [D]")
	refPullOnly          = refusal("E-102", 200, "ErrorInvalidPullSubscriptionId", "GetEvents with a subscription of streaming", "responsecode.md [D], of streaming [M]")
	refStreamOnly        = refusal("E-103", 200, "ErrorInvalidSubscription", "GetStreamingEvents with a subscription to pull", "[M]")
	refNewStream         = refusal("E-104", 200, "ErrorNewEventStreamConnectionOpened", "a streaming connection, when another one is opened for its subscription", "responsecode.md [D]")
	refIDFormat          = refusal("E-105", 200, "ErrorUnsupportedTypeForConversion", "ConvertId from or to EwsLegacyId", "[M]")
	refNoName            = refusal("E-106", 200, "ErrorInvalidNameForNameResolution", "ResolveNames of a dash", "responsecode.md [D]")
	refNoResults         = refusal("E-107", 200, "ErrorNameResolutionNoResults", "ResolveNames of nobody", "responsecode.md [D]")
	refMIME              = refusal("E-108", 200, "ErrorMimeContentInvalid", "a MimeContent that is no event", "responsecode.md [D]")
	refWindow            = refusal("E-109", 200, "ErrorTimeIntervalTooBig", "GetUserAvailability for more than 42 days", "responsecode.md [D]")
	refWindowOrder       = refusal("E-110", 200, "ErrorInvalidTimeInterval", "GetUserAvailability for a time that ends before it begins", "[M]")
	refMailboxes         = refusal("E-111", 500, "ErrorMailboxDataArrayTooBig", "GetUserAvailability for more than 100 mailboxes", "responsecode.md [D]")
	refRecipient         = refusal("E-112", 200, "ErrorMailRecipientNotFound", "GetUserAvailability for an address that is nobody's", "responsecode.md [D]")
	refStreams           = refusal("E-113", 200, "ErrorExceededConnectionCount", "a fourth streaming connection of a mailbox", "handling-notification-related-errors-in-ews-in-exchange.md [D], status [M]")
	refToken             = refusal("E-114", 401, "", "a token that the organisation's directory has not given, of another audience or scope, of nobody here, or that has run out", "3.4 [M]")
	refFull              = refusal("E-115", 200, "ErrorQuotaExceeded", "a new event or a change, where the mailbox is full", "responsecode.md [D], of changes [M]")
)

var refusals []Refusal

func refusal(number string, status int, code, when, source string) Refusal {
	r := Refusal{Number: number, When: when, Status: status, Code: code, Source: source}
	refusals = append(refusals, r)
	return r
}

// Refusals lists everything that the server refuses, by number. "3.1" and the like in a source are parts of the provider
// page; [D] is read in the original's documents, [P] seen in what the public has met, [M] only remembered.
func Refusals() []Refusal { return slices.Clone(refusals) }

// failure is a refusal as it happened.
type failure struct {
	Refusal
	detail string
	info   []node // of MessageXml
}

// because says what exactly was wrong; nil is "nothing wrong".
func (r Refusal) because(detail string) *failure { return &failure{Refusal: r, detail: detail} }
