package ews

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"
)

// schemaText says what requests may look like, as far as the stand-in knows operations. A line is a type:
//
//	Name @attribute @optional? = child:Type optional:Type? (one:Type other:Type)+
//
// Children come in this order; those of an operation itself are in the namespace of messages, but for those that have "t."
// before their names, and all others in that of types.
// A type that is not explained here is a simple one of simpleTypes.
const schemaText = `
GetFolder = FolderShape:FolderShape FolderIds:FolderIds
FindFolder @Traversal:FolderTraversal = FolderShape:FolderShape (IndexedPageFolderView:Indexed FractionalPageFolderView:any)? Restriction:Restriction? ParentFolderIds:FolderIds
CreateFolder = ParentFolderId:Target Folders:Folders
DeleteFolder @DeleteType:Disposal = FolderIds:FolderIds
SyncFolderItems = ItemShape:ItemShape SyncFolderId:Target SyncState:string? Ignore:ItemIds? MaxChangesReturned:Changes SyncScope:string?
GetItem = ItemShape:ItemShape ItemIds:ItemIds
CreateItem @MessageDisposition:string? @SendMeetingInvitations:SendCreate? = SavedItemFolderId:Target? Items:Items
UpdateItem @ConflictResolution:Conflict @MessageDisposition:string? @SendMeetingInvitationsOrCancellations:SendUpdate? @SuppressReadReceipts:bool? = SavedItemFolderId:Target? ItemChanges:ItemChanges
DeleteItem @DeleteType:Disposal @SendMeetingCancellations:SendCreate? @AffectedTaskOccurrences:string? @SuppressReadReceipts:bool? = ItemIds:ItemIds
MoveItem = ToFolderId:Target ItemIds:ItemIds ReturnNewItemIds:bool?
FindItem @Traversal:ItemTraversal = ItemShape:ItemShape (IndexedPageItemView:Indexed FractionalPageItemView:any SeekToConditionPageItemView:any CalendarView:CalendarView ContactsView:any)? (GroupBy:any DistinguishedGroupBy:any)? Restriction:Restriction? SortOrder:SortOrder? ParentFolderIds:FolderIds QueryString:string?
ConvertId @DestinationFormat:IdFormat = SourceIds:SourceIds
ResolveNames @ReturnFullContactData:bool @SearchScope:string? @ContactDataShape:BaseShape? = ParentFolderIds:FolderIds? UnresolvedEntry:filled
Subscribe = (PullSubscriptionRequest:Pull PushSubscriptionRequest:Push StreamingSubscriptionRequest:Streaming)
Unsubscribe = SubscriptionId:filled
GetEvents = SubscriptionId:filled Watermark:filled
GetStreamingEvents = SubscriptionIds:SubscriptionIds ConnectionTimeout:StreamMinutes
GetUserConfiguration = UserConfigurationName:ConfigurationName UserConfigurationProperties:string
GetServerTimeZones @ReturnFullTimeZoneData:bool? = Ids:ZoneIds?
GetUserAvailabilityRequest = t.TimeZone:BiasZone? MailboxDataArray:Mailboxes t.FreeBusyViewOptions:FreeBusyOptions? t.SuggestionsViewOptions:any?

ZoneIds = Id:string+
BiasZone = Bias:int StandardTime:BiasChange DaylightTime:BiasChange
BiasChange = Bias:int Time:clock DayOrder:order Month:month DayOfWeek:DayOfWeek Year:string?
Mailboxes = MailboxData:MailboxData*
MailboxData = Email:Email AttendeeType:AttendeeType ExcludeConflicts:bool?
Email = Name:string? Address:string RoutingType:string?
FreeBusyOptions = TimeWindow:TimeWindow MergedFreeBusyIntervalInMinutes:interval? RequestedView:BusyView?
TimeWindow = StartTime:dateTime EndTime:dateTime
ConfigurationName @Name:filled = (FolderId:FolderId DistinguishedFolderId:Distinguished AddressListId:any)
SourceIds = (AlternateId:AlternateId AlternatePublicFolderId:any AlternatePublicFolderItemId:any)+
AlternateId @Format:IdFormat @Id:string @Mailbox:filled @IsArchive:bool? =
Pull @SubscribeToAllFolders:bool? = FolderIds:FolderIds? EventTypes:EventTypes Watermark:filled? Timeout:PullMinutes
Push @SubscribeToAllFolders:bool? = FolderIds:FolderIds? EventTypes:EventTypes Watermark:filled? StatusFrequency:PullMinutes URL:string CallerData:string?
Streaming @SubscribeToAllFolders:bool? = FolderIds:FolderIds? EventTypes:EventTypes
EventTypes = EventType:EventType+
SubscriptionIds = SubscriptionId:filled+
FolderShape = BaseShape:BaseShape AdditionalProperties:Paths?
ItemShape = BaseShape:BaseShape IncludeMimeContent:bool? BodyType:BodyType? UniqueBodyType:BodyType? NormalizedBodyType:BodyType? FilterHtmlContent:bool? ConvertHtmlCodePageToUTF8:bool? InlineImageUrlTemplate:string? BlockExternalImages:bool? AddBlankTargetToLinks:bool? MaximumBodySize:int? AdditionalProperties:Paths?
Paths = (FieldURI:FieldURI IndexedFieldURI:any ExtendedFieldURI:ExtendedFieldURI)+
FieldURI @FieldURI:path =
ExtendedFieldURI @DistinguishedPropertySetId:PropertySet? @PropertySetId:guid? @PropertyTag:tag? @PropertyName:string? @PropertyId:int? @PropertyType:PropertyType =
FolderIds = (FolderId:FolderId DistinguishedFolderId:Distinguished)+
Target = (FolderId:FolderId DistinguishedFolderId:Distinguished)
FolderId @Id:string @ChangeKey:string? =
Distinguished @Id:FolderName @ChangeKey:string? = Mailbox:Mailbox?
Mailbox = Name:string? EmailAddress:filled? RoutingType:filled? MailboxType:string? ItemId:ItemId?
Folders = (Folder:Folder CalendarFolder:Folder ContactsFolder:Folder TasksFolder:Folder SearchFolder:any)+
Folder = FolderId:FolderId? ParentFolderId:FolderId? FolderClass:string? DisplayName:string? TotalCount:int? ChildFolderCount:int? ExtendedProperty:ExtendedProperty* PermissionSet:any?
ItemIds = (ItemId:ItemId OccurrenceItemId:OccurrenceItemId RecurringMasterItemId:RecurringMasterItemId)+
ItemId @Id:string @ChangeKey:string? =
OccurrenceItemId @RecurringMasterId:string @ChangeKey:string? @InstanceIndex:int =
RecurringMasterItemId @OccurrenceId:string @ChangeKey:string? =
Items = (CalendarItem:CalendarItem Item:any Message:any Contact:any Task:any PostItem:any AcceptItem:any TentativelyAcceptItem:any DeclineItem:any CancelCalendarItem:any)+
ItemChanges = ItemChange:ItemChange+
ItemChange = (ItemId:ItemId OccurrenceItemId:OccurrenceItemId RecurringMasterItemId:RecurringMasterItemId) Updates:Updates
Updates = (AppendToItemField:SetItemField SetItemField:SetItemField DeleteItemField:DeleteItemField)*
SetItemField = (FieldURI:FieldURI IndexedFieldURI:any ExtendedFieldURI:ExtendedFieldURI) (CalendarItem:CalendarItem Item:CalendarItem Message:any Contact:any Task:any)
DeleteItemField = (FieldURI:FieldURI IndexedFieldURI:any ExtendedFieldURI:ExtendedFieldURI)
ExtendedProperty = ExtendedFieldURI:ExtendedFieldURI (Value:string Values:Values)
Values = Value:string+
Body @BodyType:StoredBody @IsTruncated:bool? = #string
Strings = String:string+
Attendees = Attendee:Attendee+
Attendee = Mailbox:Mailbox ResponseType:string? LastResponseTime:dateTime? ProposedStart:dateTime? ProposedEnd:dateTime?
Zone @Id:string? @Name:string? = Periods:any? TransitionsGroups:any? Transitions:any?
Recurrence = (RelativeYearlyRecurrence:RelativeYearly AbsoluteYearlyRecurrence:AbsoluteYearly RelativeMonthlyRecurrence:RelativeMonthly AbsoluteMonthlyRecurrence:AbsoluteMonthly WeeklyRecurrence:Weekly DailyRecurrence:Daily) (NoEndRecurrence:NoEnd EndDateRecurrence:EndDate NumberedRecurrence:Numbered)
RelativeYearly = DaysOfWeek:DayOfWeek DayOfWeekIndex:Index Month:Month
AbsoluteYearly = DayOfMonth:int Month:Month
RelativeMonthly = Interval:int DaysOfWeek:DayOfWeek DayOfWeekIndex:Index
AbsoluteMonthly = Interval:int DayOfMonth:int
Weekly = Interval:int DaysOfWeek:DaysOfWeek FirstDayOfWeek:DayOfWeek?
Daily = Interval:int
NoEnd = StartDate:date
EndDate = StartDate:date EndDate:date
Numbered = StartDate:date NumberOfOccurrences:int
Indexed @MaxEntriesReturned:positive? @Offset:int @BasePoint:BasePoint =
CalendarView @MaxEntriesReturned:positive? @StartDate:dateTime @EndDate:dateTime =
Restriction = (` + searches + `)
SortOrder = FieldOrder:FieldOrder+
FieldOrder @Order:Order = (FieldURI:FieldURI IndexedFieldURI:any ExtendedFieldURI:ExtendedFieldURI)
Not = (` + searches + `)
All = (` + searches + `)+
Exists = (FieldURI:FieldURI IndexedFieldURI:any ExtendedFieldURI:ExtendedFieldURI)
Contains @ContainmentMode:Containment? @ContainmentComparison:Comparison? = (FieldURI:FieldURI IndexedFieldURI:any ExtendedFieldURI:ExtendedFieldURI) Constant:Constant
Excludes = (FieldURI:FieldURI IndexedFieldURI:any ExtendedFieldURI:ExtendedFieldURI) Bitmask:any
Compare = (FieldURI:FieldURI IndexedFieldURI:any ExtendedFieldURI:ExtendedFieldURI) FieldURIOrConstant:FieldURIOrConstant
FieldURIOrConstant = (FieldURI:FieldURI IndexedFieldURI:any ExtendedFieldURI:ExtendedFieldURI Constant:Constant)
Constant @Value:string =
`

// searches are the expressions of a restriction.
const searches = `And:All Or:All Not:Not Exists:Exists Contains:Contains Excludes:Excludes IsEqualTo:Compare IsNotEqualTo:Compare ` +
	`IsGreaterThan:Compare IsGreaterThanOrEqualTo:Compare IsLessThan:Compare IsLessThanOrEqualTo:Compare`

// words are the simple types whose values are a few words.
var words = map[string]string{
	"BaseShape": "IdOnly Default AllProperties", "BodyType": "Best HTML Text", "StoredBody": "HTML Text",
	"FolderTraversal": "Shallow Deep SoftDeleted", "ItemTraversal": "Shallow SoftDeleted Associated", "Disposal": "HardDelete SoftDelete MoveToDeletedItems",
	"SendCreate": "SendToNone SendOnlyToAll SendToAllAndSaveCopy", "Conflict": "NeverOverwrite AutoResolve AlwaysOverwrite",
	"SendUpdate":  "SendToNone SendOnlyToAll SendOnlyToChanged SendToAllAndSaveCopy SendToChangedAndSaveCopy",
	"Sensitivity": "Normal Personal Private Confidential", "Importance": "Low Normal High",
	"FreeBusy":  "Free Tentative Busy OOF WorkingElsewhere NoData",
	"DayOfWeek": "Sunday Monday Tuesday Wednesday Thursday Friday Saturday Day Weekday WeekendDay",
	"Index":     "First Second Third Fourth Last",
	"Month":     "January February March April May June July August September October November December",
	"BasePoint": "Beginning End", "Order": "Ascending Descending",
	"Containment": "FullString Prefixed Substring PrefixOnWords ExactPhrase",
	"Comparison":  "Exact IgnoreCase IgnoreNonSpacingCharacters Loose IgnoreCaseAndNonSpacingCharacters LooseAndIgnoreCase LooseAndIgnoreNonSpace LooseAndIgnoreCaseAndIgnoreNonSpace",
	"PropertySet": "Meeting Appointment Common PublicStrings Address InternetHeaders CalendarAssistant UnifiedMessaging Task Sharing",
	"PropertyType": "ApplicationTime ApplicationTimeArray Binary BinaryArray Boolean CLSID CLSIDArray Currency CurrencyArray Double DoubleArray Error Float FloatArray " +
		"Integer IntegerArray Long LongArray Null Object ObjectArray Short ShortArray SystemTime SystemTimeArray String StringArray",
	"AttendeeType": "Organizer Required Optional Room Resource",
	"BusyView":     "None MergedOnly FreeBusy FreeBusyMerged Detailed DetailedMerged",
	"IdFormat":     "EwsLegacyId EwsId EntryId HexEntryId StoreId OwaId",
	"EventType":    "CopiedEvent CreatedEvent DeletedEvent ModifiedEvent MovedEvent NewMailEvent FreeBusyChangedEvent",
	"FolderName": "calendar contacts deleteditems drafts inbox journal notes outbox sentitems tasks msgfolderroot publicfoldersroot root junkemail searchfolders voicemail " +
		"recoverableitemsroot recoverableitemsdeletions recoverableitemsversions recoverableitemspurges archiveroot archivemsgfolderroot archivedeleteditems " +
		"archiverecoverableitemsroot archiverecoverableitemsdeletions archiverecoverableitemsversions archiverecoverableitemspurges syncissues conflicts " +
		"localfailures serverfailures recipientcache quickcontacts conversationhistory adminauditlogs todosearch mycontacts directory imcontactlist peopleconnect favorites " +
		"archiveinbox recoverableitemsdiscoveryholds archiverecoverableitemsdiscoveryholds",
}

// simpleTypes are the others.
var simpleTypes = map[string]func(string) bool{
	"string": func(string) bool { return true },
	"path":   func(s string) bool { return foreign(s) || fieldOf(s) != nil },
	"filled": func(s string) bool { return s != "" },
	"bool":   boolean,
	"int":    func(s string) bool { _, err := strconv.ParseInt(strings.TrimSpace(s), 10, 32); return err == nil },
	"positive": func(s string) bool {
		n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 32)
		return err == nil && n >= 1
	},
	"Minutes": func(s string) bool { return within(0, 2629800)(s) || strings.TrimSpace(s) == "1525252321" },
	"guid":    guidForm.MatchString,
	"tag":     tagForm.MatchString,
	"Changes": func(s string) bool {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		return err == nil && n >= 1 && n <= 512
	},
	"clock":         func(s string) bool { _, err := time.Parse("15:04:05", strings.TrimSpace(s)); return err == nil },
	"order":         within(0, 5),
	"month":         within(0, 12),
	"interval":      within(6, 1440),
	"PullMinutes":   within(1, 1440),
	"StreamMinutes": within(1, 30),
	"dateTime":      func(s string) bool { _, _, ok := parseTime(s); return ok && strings.Contains(s, "T") },
	"date":          func(s string) bool { _, ok := parseDate(s); return ok },
	"base64": func(s string) bool {
		_, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s))
		return err == nil
	},
	"DaysOfWeek": func(s string) bool {
		list := strings.Fields(s)
		return len(list) > 0 && !slices.ContainsFunc(list, func(day string) bool { return !slices.Contains(strings.Fields(words["DayOfWeek"]), day) })
	},
}

// within is the type of a number with bounds.
func within(low, high int) func(string) bool {
	return func(s string) bool {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		return err == nil && n >= low && n <= high
	}
}
