// Drives the stand-in with ews-javascript-api: node check.mjs URL. What it saw, a line each, is for the test to compare.
import ews from 'ews-javascript-api'

const {
  ExchangeService, ExchangeVersion, WebCredentials, Uri, Appointment, DateTime, TimeZoneInfo, SendInvitationsMode, ConflictResolutionMode,
  SendInvitationsOrCancellationsMode, DeleteMode, WellKnownFolderName, FolderId, CalendarView, PropertySet, BasePropertySet, AppointmentSchema, ItemSchema,
  ItemView, SearchFilter, ExtendedPropertyDefinition, MapiPropertyType, Guid, Recurrence, SyncFolderItemsScope, Folder, MessageBody, ItemId, DayOfTheWeek,
} = ews

const url = process.argv[2]
function connect(password) {
  const s = new ExchangeService(ExchangeVersion.Exchange2013, TimeZoneInfo.Utc)
  s.Url = new Uri(url)
  s.Credentials = new WebCredentials('alice@example.com', password)
  return s
}
const service = connect('secret')
const key = new ExtendedPropertyDefinition(new Guid('66f5a359-4659-4830-9070-00047ec6ac6e'), 'CrmKey', MapiPropertyType.String)
const say = (...words) => console.log(words.join(' '))
const code = e => ews.ServiceError[e.ErrorCode] ?? e.message
const calendar = new FolderId(WellKnownFolderName.Calendar)
const idOnly = new PropertySet(BasePropertySet.IdOnly, [ItemSchema.Subject])

const folder = await Folder.Bind(service, WellKnownFolderName.Calendar, new PropertySet(BasePropertySet.FirstClassProperties))
say('calendar:', folder.DisplayName, folder.TotalCount)

const plan = new Appointment(service)
plan.Subject = 'Plan'
plan.Body = new MessageBody('Words')
plan.Start = new DateTime('2026-01-06T07:00:00Z')
plan.End = new DateTime('2026-01-06T08:00:00Z')
plan.SetExtendedProperty(key, 'k1')
await plan.Save(WellKnownFolderName.Calendar, SendInvitationsMode.SendToNone)
const stale = await Appointment.Bind(service, plan.Id)
const read = await Appointment.Bind(service, plan.Id, new PropertySet(BasePropertySet.FirstClassProperties, [key]))
say('read:', read.Subject, read.Start.ToUniversalTime().Format('YYYY-MM-DDTHH:mm'), read.ExtendedProperties.Items[0].Value, read.ICalUid.substring(0, 16))
read.Subject = 'Plan b'
await read.Update(ConflictResolutionMode.NeverOverwrite, SendInvitationsOrCancellationsMode.SendToNone)
stale.Subject = 'Plan c'
try {
  await stale.Update(ConflictResolutionMode.NeverOverwrite, SendInvitationsOrCancellationsMode.SendToNone)
  say('conflict: none')
} catch (e) { say('conflict:', code(e)) }
const found = await service.FindItems(calendar, new SearchFilter.IsEqualTo(key, 'k1'), new ItemView(10))
say('found:', found.TotalCount, found.Items[0].Subject)

const series = new Appointment(service)
series.Subject = 'Stand-up'
series.Start = new DateTime('2026-01-05T07:00:00Z')
series.End = new DateTime('2026-01-05T08:00:00Z')
series.Recurrence = new Recurrence.WeeklyPattern(series.Start, 1, [DayOfTheWeek.Monday, DayOfTheWeek.Wednesday])
series.Recurrence.NumberOfOccurrences = 6
await series.Save(WellKnownFolderName.Calendar, SendInvitationsMode.SendToNone)
const third = await Appointment.BindToOccurrence(service, series.Id, 3)
third.Location = 'Elsewhere'
await third.Update(ConflictResolutionMode.AlwaysOverwrite, SendInvitationsOrCancellationsMode.SendToNone)
const fourth = await Appointment.BindToOccurrence(service, series.Id, 4)
await fourth.Delete(DeleteMode.HardDelete)
const master = await Appointment.BindToRecurringMaster(service, third.Id)
say('series:', master.AppointmentType, master.ModifiedOccurrences.Count, master.DeletedOccurrences.Count, master.Recurrence.NumberOfOccurrences)
try {
  await Appointment.BindToOccurrence(service, series.Id, 4)
} catch (e) { say('deleted:', code(e)) }
try {
  await Appointment.BindToOccurrence(service, series.Id, 7)
} catch (e) { say('beyond:', code(e)) }
const view = await service.FindAppointments(calendar, new CalendarView(new DateTime('2026-01-01T00:00:00Z'), new DateTime('2026-02-01T00:00:00Z')))
say('view:', view.Items.map(x => x.Start.ToUniversalTime().Format('DD')).join(' '))

let changes = await service.SyncFolderItems(calendar, idOnly, null, 512, SyncFolderItemsScope.NormalItems, null)
say('changes:', changes.changes.map(x => ews.ChangeType[x.ChangeType] + ' ' + x.Item.Subject).join(', '))
await (await Appointment.Bind(service, plan.Id)).Delete(DeleteMode.MoveToDeletedItems)
changes = await service.SyncFolderItems(calendar, idOnly, null, 512, SyncFolderItemsScope.NormalItems, changes.SyncState)
say('changes:', changes.changes.map(x => ews.ChangeType[x.ChangeType]).join(', '))
try {
  await Appointment.Bind(service, new ItemId(plan.Id.UniqueId))
} catch (e) { say('gone:', code(e)) }
try {
  await Folder.Bind(connect('wrong'), WellKnownFolderName.Calendar)
} catch (e) { say('wrong password:', e.SoapFault ? e.SoapFault.ResponseCode || e.message : e.message) }
