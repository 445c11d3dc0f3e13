package pipedrive

// finnish is what the sign-in pages say, by the English. Refusals of a request that a program has made wrongly are for its maker, and in
// English only.
var finnish = map[string]string{
	"Sign in · Pipedrive stand-in": "Kirjaudu sisään · Pipedriven sijainen",
	"Pipedrive stand-in":           "Pipedriven sijainen",
	"Nothing here is real.":        "Mikään täällä ei ole totta.",
	"This does not work":           "Tämä ei onnistu",
	"Error %s":                     "Virhe %s",
	"Sign in to continue to %s":    "Kirjaudu sisään ja jatka sovellukseen %s",
	"Email":                        "Sähköposti", "Password": "Salasana", "Log in": "Kirjaudu", "Allow and install": "Salli ja asenna", "Cancel": "Peruuta",
	"Install %s for %s?":                                            "Asennetaanko %s yritykselle %s?",
	"You are signed in as %s.":                                      "Olet kirjautunut osoitteella %s.",
	"%s will be able to:":                                           "%s saa oikeuden:",
	"You can allow all of it or none.":                              "Voit sallia kaiken tai et mitään.",
	"Wrong address or password.":                                    "Väärä osoite tai salasana.",
	"This sign-in is over. Go back to the program and begin again.": "Tämä kirjautuminen on päättynyt. Palaa sovellukseen ja aloita uudelleen.",
	"App cannot be installed for requested company":                 "Sovellusta ei voi asentaa tälle yritykselle. Kysy yrityksesi Pipedrive-ylläpitäjältä.",

	"See who you are and which company you belong to":         "nähdä, kuka olet ja mihin yritykseen kuulut",
	"See activities and their types":                          "nähdä toiminnot ja niiden tyypit",
	"See, create, change and delete activities":               "nähdä, luoda, muuttaa ja poistaa toimintoja",
	"See people and organizations":                            "nähdä henkilöt ja organisaatiot",
	"See, create, change and delete people and organizations": "nähdä, luoda, muuttaa ja poistaa henkilöitä ja organisaatioita",
	"See deals":                            "nähdä kaupat",
	"See, create, change and delete deals": "nähdä, luoda, muuttaa ja poistaa kauppoja",
	"See the users of the company":         "nähdä yrityksen käyttäjät",
	"See its own webhooks":                 "nähdä omat webhookinsa",
	"Be told of changes through webhooks":  "saada muutoksista tieto webhookeilla",
	"Administer the company's account":     "hallita yrityksen tiliä",
}
