package standin

import (
	"fmt"
	"strings"

	"tahti/internal/calendar"
)

// texts are the page's words in one language. "own." and the id of a desk's switch may stand in place of its label.
type texts map[string]string

// textsOf is English unless Finnish is asked for.
func textsOf(lang string) texts {
	if lang == "fi" {
		return finnish
	}
	return english
}

// or is a sentence in the language, or as it is where there is none.
func (t texts) or(sentence string) string {
	if said := t[sentence]; said != "" {
		return said
	}
	return sentence
}

// each says every part of a note in the language that has words for it.
func (t texts) each(note string) string {
	parts := strings.Split(note, ", ")
	for i, p := range parts {
		parts[i] = t.or(p)
	}
	return strings.Join(parts, ", ")
}

// day writes a day as a heading.
func (t texts) day(w calendar.Wall) string {
	c := w.Civil()
	if t["lang"] == "fi" {
		names := [...]string{"su", "ma", "ti", "ke", "to", "pe", "la"}
		return fmt.Sprintf("%s %d.%d.%d", names[c.Weekday()], c.Day(), c.Month(), c.Year())
	}
	return c.Format("Mon 2 January 2006")
}

var english = texts{
	"lang": "en", "other": "fi", "othername": "Suomeksi",
	"calendars": "Calendars", "earlier": "Earlier", "today": "Today", "later": "Later", "live": "Renew every 2 s",
	"nocalendar": "There is no such calendar.", "nothing": "Nothing", "allday": "All day", "readonly": "read-only",
	"add": "Add event", "edit": "Edit event", "editone": "Edit", "save": "Save", "cancel": "Cancel", "delete": "Delete", "hour": "+1 hour", "day": "+1 day",
	"title": "Title", "place": "Place", "description": "Description", "start": "Start", "end": "End", "zone": "Time zone (empty: floating)",
	"fromday": "First day", "lastday": "Last day", "untitled": "(no title)", "repeats": "repeats", "whole": "The form changes the whole series.",
	"kind": "Type", "done": "Done", "untick": "Not done",
	"addactivity": "Add activity", "editactivity": "Edit activity", "onlyzone": "Time zone",
	"faults": "Faults", "apply": "Apply", "custom": "faults were set from outside; applying clears them.",
	"mails": "Mail that would have been sent", "nomails": "None.", "calls": "Last requests", "noanswer": "no answer", "of": "of",
	"fault.busy": "503 for each 2nd request", "fault.broken": "500 for each 3rd request", "fault.throttled": "429, wait 5 s, for each 4th request",
	"fault.forbidden": "403 for every write", "fault.dropbefore": "connection lost before each 3rd request is done",
	"fault.dropafter": "answer lost after each 3rd request is done", "fault.truncate": "each 3rd answer cut off",
	"fault.garbage": "each 3rd answer is noise", "fault.slow": "2 s slower", "fault.hang": "each 5th request hangs",
}

var finnish = texts{
	"lang": "fi", "other": "en", "othername": "In English",
	"calendars": "Kalenterit", "earlier": "Aiemmin", "today": "Tänään", "later": "Myöhemmin", "live": "Päivitä 2 s välein",
	"nocalendar": "Tällaista kalenteria ei ole.", "nothing": "Ei mitään", "allday": "Koko päivä", "readonly": "vain luku",
	"add": "Lisää tapahtuma", "edit": "Muokkaa tapahtumaa", "editone": "Muokkaa", "save": "Tallenna", "cancel": "Peruuta", "delete": "Poista", "hour": "+1 tunti", "day": "+1 päivä",
	"title": "Otsikko", "place": "Paikka", "description": "Kuvaus", "start": "Alkaa", "end": "Päättyy", "zone": "Aikavyöhyke (tyhjä: kelluva)",
	"fromday": "Ensimmäinen päivä", "lastday": "Viimeinen päivä", "untitled": "(ei otsikkoa)", "repeats": "toistuu", "whole": "Lomake muuttaa koko sarjaa.",
	"kind": "Tyyppi", "done": "Tehty", "untick": "Kesken",
	"addactivity": "Lisää toiminto", "editactivity": "Muokkaa toimintoa", "onlyzone": "Aikavyöhyke",
	"faults": "Häiriöt", "apply": "Ota käyttöön", "custom": "häiriötä on asetettu muualta; käyttöönotto poistaa ne.",
	"mails": "Postit, jotka olisi lähetetty", "nomails": "Ei yhtään.", "calls": "Viimeiset pyynnöt", "noanswer": "ei vastausta", "of": "kaikkiaan",
	"fault.busy": "503 joka 2. pyyntöön", "fault.broken": "500 joka 3. pyyntöön", "fault.throttled": "429, odota 5 s, joka 4. pyyntöön",
	"fault.forbidden": "403 jokaiseen kirjoitukseen", "fault.dropbefore": "yhteys katkeaa ennen joka 3. pyynnön suoritusta",
	"fault.dropafter": "vastaus katoaa joka 3. pyynnön jälkeen", "fault.truncate": "joka 3. vastaus katkeaa kesken",
	"fault.garbage": "joka 3. vastaus on kohinaa", "fault.slow": "2 s hitaampi",
	"own.signin": "kaikki kirjautumiset torjutaan (401)", "own.readonly": "kaikki kalenterit ovat vain luettavissa",
	"own.nosync": "ei sync-collection-kyselyä", "own.forget": "Unohda kaikki sync-tokenit nyt",
	"own.testing": "ohjelma on testausvaiheessa: vain ensimmäinen tili pääsee sisään, viikoksi", "own.moved": "ohjelman paluuosoitetta ei ole rekisteröity",
	"own.undeclared": "ohjelmalle ei ole ilmoitettu oikeutta calendar.calendarlist.readonly",
	"own.blocked":    "organisaation ylläpitäjä estää sovelluksen", "own.quota": "kalenterin käyttöraja on täynnä (403 quotaExceeded)",
	"own.crowded": "koko projekti on kysynyt liikaa minuutissa (403 rateLimitExceeded)",
	"own.deaf":    "kanavat eivät ilmoita mitään", "own.empty": "tyhjä sivu ennen jokaista sivua", "own.silent": "sendUpdates=none ei lähetä mitään",
	"the end is before the start": "loppu on ennen alkua",
	"fault.hang":                  "joka 5. pyyntö jää roikkumaan",
	"own.emptypages":              "muutoslistat alkavat tyhjällä sivulla", "own.repeats": "muutoslistoissa kaikki on kahdesti",
	"own.aadsts90094": "AADSTS90094: vain ylläpitäjä voi antaa luvan", "own.aadsts50105": "AADSTS50105: ohjelmaa ei ole annettu henkilölle, sivulta ei pääse takaisin",
	"own.aadsts53003": "AADSTS53003: ehdollinen pääsy estää, myös uusittaessa", "own.aadsts50076": "AADSTS50076: tarvitaan toinen tunniste; uusi kirjautuminen korjaa",
	"own.aadsts65001": "AADSTS65001: lupa on peruttu; uusi kirjautuminen korjaa", "own.aadsts700082": "AADSTS700082: lupa on vanhentunut käyttämättömänä",
	"own.aadsts7000222": "AADSTS7000222: ohjelman salaisuus on vanhentunut, kaikilta", "own.throttlenow": "Hillitse kaikkia postilaatikoita nyt",
	"own.throttleapp": "Hillitse koko ohjelmaa kaikissa postilaatikoissa nyt",
	"own.reauthorize": "Pyydä kaikkia tilaajia vahvistamaan lupansa nyt", "own.unsubscribe": "Lopeta kaikki tilaukset nyt",
	"own.housekeep": "Vaihda kaikki versiotunnisteet nyt, ei muuta",
	"own.locked":    "kaikki tilit on lukittu (401)", "own.expired": "kaikkien salasana on vanhentunut", "own.forbidden": "kukaan ei saa käyttää verkkopalveluja (403)",
	"own.cloud": "kaikki postilaatikot ovat Exchange Onlinessa", "own.kerberos": "vain Kerberos on tarjolla",
	"own.full":        "kaikki postilaatikot ovat täynnä",
	"own.gateway":     "yhdyskäytävä hyväksyy vain omat salasanansa (401)",
	"own.gatewaypage": "yhdyskäytävä hyväksyy vain omat salasanansa ja näyttää sivunsa",
	"own.loginpage":   "välipalvelin ohjaa kaikki kirjautumissivulleen (302)", "own.secondfactor": "yhdyskäytävä vaatii kaksivaiheisen tunnistautumisen (302)",
	"own.timeout":     "välipalvelimen kirjautuminen on vanhentunut (440)",
	"own.nodiscovery": "automaattista löytämistä ei ole (404)", "own.nowhere": "automaattinen löytäminen vie tyhjään",
	"own.broken": "automaattinen löytäminen vastaa verkkosivulla", "own.busyfault": "Ole nyt kiireinen: SOAP-virhe (500)",
	"own.busyqueue": "Ole nyt kiireinen: jono (503)", "own.busyinner": "Ole nyt kiireinen: vastauksen sisällä (200)",
	"own.loop": "automaattinen löytäminen palaa itseensä", "own.tocloud": "automaattinen löytäminen vie Exchange Onlineen",
	"own.noservice": "automaattinen löytäminen ei nimeä verkkopalveluja", "own.unknown": "automaattinen löytäminen ei tunne ketään",
	"own.unpaid": "yrityksen tili on suljettu (402)", "own.uninstallable": "ylläpitäjä ei päästä sovelluksia sisään: sivulta ei palata",
	"own.narrow": "sovellus on rekisteröity ilman oikeutta activities:full", "own.deafhooks": "webhookit eivät ilmoita mitään",
	"own.hidden": "muiden yksityisiä toimintoja ei näy lainkaan", "own.lists": "listat laahaavat viisi sekuntia jäljessä",
	"own.noapi": "kenenkään käyttöoikeudet eivät salli rajapintaa (403)", "own.fullhooks": "kaikilla käyttäjillä on jo enimmäismäärä webhookeja (422)",
	"own.block":    "Estä kaikki API-tunnukset kymmeneksi minuutiksi nyt (403, sivu)",
	"own.spendall": "Käytä kaikki tämän päivän rajapintatokenit nyt", "own.banhooks": "Estä kaikki webhookit puoleksi tunniksi nyt",
	"own.endtokens": "Lopeta kaikki käyttöoikeustunnukset nyt", "own.uninstall": "Poista kaikki sovellukset kaikilta käyttäjiltä nyt",
	"no date": "ei päivämäärää", "private": "yksityinen",
	"API tokens used today: %d of %d.": "Rajapintatokeneita käytetty tänään: %d / %d.",
	"own.forgetstates":                 "Unohda kaikki synkronoinnit nyt", "own.endsubscriptions": "Lopeta kaikki tilaukset nyt",
}
