"""Drives the stand-in with exchangelib: python3 check.py URL [ntlm]. What it saw, a line each, is for the test to compare."""

import datetime
import logging
import sys

import requests
from exchangelib import BASIC, NTLM, Account, CalendarItem, Configuration, Credentials, ExtendedProperty, DELEGATE
from exchangelib.autodiscover.properties import Autodiscover
from exchangelib.errors import ErrorIrresolvableConflict, ErrorNonExistentMailbox, UnauthorizedError
from exchangelib.ewsdatetime import EWSDate, EWSDateTime, EWSTimeZone
from exchangelib.recurrence import Recurrence, WeeklyPattern
from exchangelib.version import EXCHANGE_2016, Version

logging.disable(logging.WARNING)  # that free and busy times come without a zone
url, how = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "basic"
name = "alice@example.com" if how == "basic" else "EXAMPLE\\alice"


class CrmKey(ExtendedProperty):
    property_set_id = "66f5a359-4659-4830-9070-00047ec6ac6e"
    property_name = "CrmKey"
    property_type = "String"


CalendarItem.register("crm_key", CrmKey)


def account(password="secret"):
    config = Configuration(
        service_endpoint=url, credentials=Credentials(name, password), auth_type=BASIC if how == "basic" else NTLM, version=Version(EXCHANGE_2016)
    )
    return Account("alice@example.com", config=config, autodiscover=False, access_type=DELEGATE, default_timezone=EWSTimeZone("Europe/Helsinki"))


a = account()
tz = a.default_timezone
calendar = a.calendar
at = lambda day, hour: EWSDateTime(2026, 1, day, hour, tzinfo=tz)

print("calendar:", calendar.name, calendar.total_count)
first = list(calendar.sync_items(only_fields=["subject"]))
state = calendar.item_sync_state

plan = CalendarItem(account=a, folder=calendar, subject="Plan", start=at(6, 9), end=at(6, 10), location="Hall", body="Words", crm_key="k1")
plan.save()
print("made:", bool(plan.id), bool(plan.changekey))
again = calendar.get(id=plan.id)
print("read:", again.subject, again.start.astimezone(tz), again.location, again.crm_key, again.uid[:32])

try:
    account("wrong").calendar.refresh()
    print("wrong password: in")
except UnauthorizedError:
    print("wrong password: UnauthorizedError")
if how == "ntlm":
    sys.exit()

stale = calendar.get(id=plan.id)
again.subject = "Plan b"
again.save(update_fields=["subject"])
stale.start, stale.end = at(6, 11), at(6, 12)
try:
    stale.save(update_fields=["start", "end"], conflict_resolution="NeverOverwrite")
    print("conflict: none")
except ErrorIrresolvableConflict:
    print("conflict: ErrorIrresolvableConflict")

print("found:", [x.subject for x in calendar.filter(crm_key="k1")], calendar.filter(crm_key="other").count())

series = CalendarItem(
    account=a, folder=calendar, subject="Stand-up", start=at(5, 9), end=at(5, 10),
    recurrence=Recurrence(pattern=WeeklyPattern(interval=1, weekdays=["Monday", "Wednesday"]), start=EWSDate(2026, 1, 5), number=6),
)
series.save()
view = list(calendar.view(start=at(1, 0), end=at(31, 0)))
print("view:", ["%s %s" % (x.type, x.start.astimezone(tz).strftime("%d")) for x in view if x.subject == "Stand-up"])
third = series.occurrence(index=3)
third.refresh()
third.location = "Elsewhere"
third.start, third.end = third.start + datetime.timedelta(hours=3), third.end + datetime.timedelta(hours=3)
third.save(update_fields=["location", "start", "end"])
series.occurrence(index=4).delete()
series.refresh()
print("series:", [(m.original_start.astimezone(tz).strftime("%d"), m.start.astimezone(tz).strftime("%H")) for m in series.modified_occurrences],
      [d.start.astimezone(tz).strftime("%d") for d in series.deleted_occurrences], series.first_occurrence.start.astimezone(tz).strftime("%d"), series.last_occurrence.start.astimezone(tz).strftime("%d"))

calendar.item_sync_state = state
print("changes:", sorted("%s %s" % (kind, x.subject if kind != "delete" else "") for kind, x in calendar.sync_items(only_fields=["subject"])))
gone = plan.id
pull, watermark = calendar.subscribe_to_pull()
with calendar.streaming_subscription() as stream:
    plan.delete()
    told = [e for n in calendar.get_events(pull, watermark) for e in n.events]
    print("pulled:", [type(e).__name__ for e in told])
    heard = [e for n in calendar.get_streaming_events(stream, connection_timeout=1, max_notifications_returned=1) for e in n.events]
    print("streamed:", [type(e).__name__ for e in heard])
calendar.unsubscribe(pull)
print("changes:", [kind for kind, x in calendar.sync_items(only_fields=["subject"])])
print("gone:", type(calendar.get(id=gone)).__name__)

day = CalendarItem(account=a, folder=calendar, subject="Day", start=EWSDate(2026, 1, 20), end=EWSDate(2026, 1, 20), is_all_day=True)
day.save()
day = calendar.get(id=day.id)
print("day:", day.start, day.end)

work = [f for f in calendar.children]
busy = list(a.protocol.get_free_busy_info(accounts=[(a, "Organizer", False)], start=at(5, 0), end=at(6, 0)))
print("busy:", [(e.start.strftime("%d %H"), e.busy_type) for v in busy for e in v.calendar_events or []])
print("resolved:", [m.email_address for m in a.protocol.resolve_names(["bob"])])
print("folders:", [f.name for f in work])

ask = lambda address: Autodiscover.from_bytes(requests.post(
    url.replace("/EWS/Exchange.asmx", "/autodiscover/autodiscover.xml"), data=Autodiscover.payload(address),
    headers={"Content-Type": "text/xml; charset=utf-8"}, auth=(name, "secret"), timeout=10).content)
found = ask("alice@example.com")
print("autodiscover:", found.response.autodiscover_smtp_address, found.response.protocol.ews_url == url)
try:
    ask("nobody@example.com").raise_errors()
except ErrorNonExistentMailbox:
    print("autodiscover: ErrorNonExistentMailbox")
